/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.RunEvent;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;

/** The runs that wait for one snapshot. Thread-safe; told on whatever thread brings the news. */
final class Audience {

    private final String snapshot;
    private final Set<Consumer<? super RunEvent>> runs = new CopyOnWriteArraySet<>();
    private volatile String state = "";

    Audience(String snapshot) {
        this.snapshot = snapshot;
    }

    /** However many samples of a run wait, it is told once. */
    void join(Consumer<? super RunEvent> run) {
        runs.add(run);
    }

    void state(String now) {
        if (!now.equals(state)) {
            state = now;
            tell(new RunEvent.SnapshotProgress(snapshot, now, ""));
        }
    }

    void log(String lines) {
        tell(new RunEvent.SnapshotProgress(snapshot, state, lines));
    }

    /** The state that was told last, for messages. */
    String lastState() {
        return state;
    }

    private void tell(RunEvent event) {
        runs.forEach(run -> run.accept(event));
    }
}
