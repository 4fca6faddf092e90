/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A process in a machine. */
public interface MachineProcess {

    /** Standard output until every holder of the pipe closed it. One subscriber; back-pressure reaches the pipe. */
    Flux<ByteBuffer> stdout();

    /** Standard error, likewise; empty when it was merged. */
    Flux<ByteBuffer> stderr();

    /**
     * Writes to standard input. Completes when all was written, or when the process does not read any more. Calls follow one
     * another.
     */
    Mono<Void> write(Publisher<ByteBuffer> bytes);

    /** Closes standard input. */
    Mono<Void> closeStdin();

    /** The exit code; 128 + signal after a signal. Replayed to late subscribers. */
    Mono<Integer> exit();

    /** Sends a signal to the process <em>group</em>; completes when it was sent or there is no such group any more. */
    Mono<Void> signal(int signal);
}
