/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.pty;

import java.util.concurrent.ArrayBlockingQueue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Somebody who is connected to a terminal. One who does not keep up is let go: a terminal never waits for its spectators. */
final class PtyClient {

    private static final int QUEUE = 256;

    private final Sinks.Many<byte[]> sink =
            Sinks.many().unicast().onBackpressureBuffer(new ArrayBlockingQueue<>(QUEUE));

    Flux<byte[]> output() {
        return sink.asFlux();
    }

    /** Whether it goes on. */
    boolean offer(byte[] bytes) {
        if (sink.tryEmitNext(bytes) == Sinks.EmitResult.OK) {
            return true;
        }
        // One that is gone already is let go as well.
        Sinks.EmitResult ignored = sink.tryEmitError(new SlowReader());
        return false;
    }

    void complete() {
        Sinks.EmitResult ignored = sink.tryEmitComplete();
    }

    /** The client read too slowly. */
    static final class SlowReader extends RuntimeException {

        private static final long serialVersionUID = 1L;

        SlowReader() {
            super("slow reader", null, false, false);
        }
    }
}
