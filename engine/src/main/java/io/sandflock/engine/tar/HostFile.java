/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/** The content of a file of this machine. */
public final class HostFile {

    private static final int BUFFER = 64 << 10;

    private HostFile() {}

    /**
     * Reads a file on threads that may block, 64 KiB at a time and only what was requested. Cold; opens the file once subscribed to and
     * closes it at the end, at an error, and on cancel. Errors with {@link IOException} or {@link UncheckedIOException}.
     */
    public static Flux<ByteBuffer> read(Path file) {
        return Flux.<ByteBuffer, SeekableByteChannel>generate(
                        () -> Files.newByteChannel(file), HostFile::next, HostFile::close)
                // Also moves the requests, which come from event loops.
                .subscribeOn(Schedulers.boundedElastic());
    }

    /**
     * Makes a file of bytes. Cold; writes on threads that may block, at their pace. The file appears when all is there, in the place of
     * another one if there is; after an error or a cancel nothing is left.
     *
     * @param target its parent exists, and it is no folder
     * @param mode its permissions; the bits that lend an owner's rights are taken off
     * @param limit most bytes
     * @param tooLarge the error beyond the limit
     * @return errors with {@link UncheckedIOException} when this machine cannot write
     */
    public static Mono<Void> write(
            Publisher<ByteBuffer> bytes,
            Path target,
            int mode,
            long limit,
            Supplier<? extends RuntimeException> tooLarge) {
        return Draft.write(bytes, () -> new FileDraft(target, mode, limit, tooLarge));
    }

    private static SeekableByteChannel next(SeekableByteChannel channel, SynchronousSink<ByteBuffer> sink) {
        try {
            ByteBuffer buffer =
                    ByteBuffer.allocate((int) Math.max(1, Math.min(BUFFER, channel.size() - channel.position())));
            if (channel.read(buffer) < 0) {
                sink.complete();
            } else {
                sink.next(buffer.flip());
            }
        } catch (IOException e) {
            sink.error(new UncheckedIOException(e));
        }
        return channel;
    }

    private static void close(SeekableByteChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
