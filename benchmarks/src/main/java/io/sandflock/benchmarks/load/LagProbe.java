/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** How long what is given to an event loop waits until it runs; asked every 10 ms of each. Owns one thread. */
final class LagProbe implements AutoCloseable {

    private static final long EVERY = 10;

    private final LinkedBlockingQueue<Double> millis = new LinkedBlockingQueue<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread;

    LagProbe(List<Executor> loops) {
        this.thread = new Thread(() -> ask(loops), "lag-probe");
        thread.setDaemon(true);
        thread.start();
    }

    private void ask(List<Executor> loops) {
        try {
            while (!closed.get()) {
                for (Executor loop : loops) {
                    long asked = System.nanoTime();
                    loop.execute(() -> millis.add((System.nanoTime() - asked) / 1e6));
                }
                Thread.sleep(EVERY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    double[] millis() {
        return millis.stream().mapToDouble(Double::doubleValue).toArray();
    }

    @Override
    public void close() {
        closed.set(true);
        thread.interrupt();
        try {
            // Whoever closes this goes on to end the loops.
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
