/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.util.List;

/** What goes wrong, and when. Asked once per request, on an event loop: must not block. Thread-safe. */
@FunctionalInterface
public interface Faults {

    /** Nothing goes wrong. */
    Faults NONE = (operation, target) -> List.of();

    /**
     * The faults of a request.
     *
     * @param operation for example {@code sandbox.create}, {@code sandbox.get}, {@code sandbox.list}, {@code sandbox.delete},
     *     {@code toolbox}; see {@link PlatformCounters#requests()}
     * @param target id or name of the sandbox or snapshot that the request names, the name wanted in a create; else empty
     */
    List<Fault> next(String operation, String target);
}
