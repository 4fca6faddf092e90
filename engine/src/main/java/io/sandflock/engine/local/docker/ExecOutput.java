/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * One output of a process. What nobody took yet is held, and counts against what the connection may be read ahead; what was
 * cancelled is thrown away, so that the process does not hang.
 */
final class ExecOutput {

    // Bounded by the reader, which stops at a limit for both outputs together.
    private final Sinks.Many<ByteBuffer> sink = Sinks.many().unicast().onBackpressureBuffer();
    private final AtomicLong held = new AtomicLong();
    private final Runnable drained;
    private volatile boolean discarded;

    /** @param drained called when some of what was held was taken or thrown away */
    ExecOutput(Runnable drained) {
        this.drained = drained;
    }

    /** For one subscriber. */
    Flux<ByteBuffer> flux() {
        return sink.asFlux().doOnNext(this::taken).doOnCancel(this::discard);
    }

    long held() {
        return discarded ? 0 : held.get();
    }

    /** On the connection's event loop. */
    void add(ByteBuffer bytes) {
        if (discarded || !bytes.hasRemaining()) {
            return;
        }
        held.addAndGet(bytes.remaining());
        // Fails when it was cancelled meanwhile: then nobody wants it.
        Sinks.EmitResult ignored = sink.tryEmitNext(bytes);
    }

    /** On the connection's event loop. */
    void end() {
        Sinks.EmitResult ignored = sink.tryEmitComplete();
    }

    /** From now on all is thrown away. */
    void discard() {
        discarded = true;
        drained.run();
    }

    private void taken(ByteBuffer bytes) {
        held.addAndGet(-bytes.remaining());
        drained.run();
    }
}
