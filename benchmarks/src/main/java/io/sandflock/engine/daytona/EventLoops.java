/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** The threads that a platform's client works on, for those who measure how busy they are. */
public final class EventLoops {

    private EventLoops() {}

    /** Each of them, as something that runs what it is given. */
    public static List<Executor> of(DaytonaPlatform platform) {
        List<Executor> loops = new ArrayList<>();
        platform.loops().onClient(true).forEach(loops::add);
        return loops;
    }
}
