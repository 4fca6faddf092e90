/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Retries of a whole run. A platform that fails every attempt would else be asked for each sample as often as its retries allow, and
 * the run would take that much longer to say what it could have said at once. Thread-safe.
 */
public final class RetryBudget {

    private static final int LEAST = 10;

    private final int most;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicBoolean said = new AtomicBoolean();

    private RetryBudget(int most) {
        this.most = most;
    }

    /** A tenth of the run's samples, and at least ten. */
    public static RetryBudget of(int samples) {
        return new RetryBudget(Math.max(LEAST, samples / 10));
    }

    /** Takes one retry, if there is one. */
    public boolean take() {
        return taken.getAndUpdate(before -> Math.min(before + 1, most)) < most;
    }

    /** True for the first who asks. */
    public boolean toBeSaid() {
        return said.compareAndSet(false, true);
    }

    /** How many there were. */
    public int most() {
        return most;
    }
}
