/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Tells who listens what happens to sandboxes. Nothing is written when nobody listens. */
final class Events {

    /** Takes one event; must not block. */
    interface Listener {
        void onEvent(String name, ObjectNode payload);
    }

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    void add(Listener listener) {
        listeners.add(listener);
    }

    void remove(Listener listener) {
        listeners.remove(listener);
    }

    void created(Supplier<ObjectNode> sandbox) {
        if (!listeners.isEmpty()) {
            emit("sandbox.created", sandbox.get());
        }
    }

    void stateChanged(Supplier<ObjectNode> sandbox, State before, State after) {
        if (listeners.isEmpty()) {
            return;
        }
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        payload.set("sandbox", sandbox.get());
        payload.put("oldState", before.wire());
        payload.put("newState", after.wire());
        emit("sandbox.state.updated", payload);
    }

    private void emit(String name, ObjectNode payload) {
        listeners.forEach(listener -> listener.onEvent(name, payload));
    }
}
