/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Something that is written beside its place and put there when it is whole. Made without touching the disk, so that a cancel at any
 * moment finds it; its methods exclude each other, so that a cancel never takes away what is just being written.
 */
abstract class Draft<T> {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.files");
    private static final int PREFETCH = 4;

    private final Path target;
    private final Path place;
    private boolean begun = false;
    private boolean over = false;

    Draft(Path target) {
        this.target = target.toAbsolutePath();
        Path name = this.target.getFileName();
        if (name == null) {
            throw new UncheckedIOException(new IOException(target + " is no place for a download"));
        }
        // Hidden, and beside its place: only within a folder is it certain that a move is one step.
        this.place = this.target.resolveSibling(
                ".sandflock-%016x.part".formatted(ThreadLocalRandom.current().nextLong()));
    }

    static <T> Mono<Void> write(Publisher<T> parts, Supplier<Draft<T>> make) {
        return Mono.usingWhen(
                Mono.fromSupplier(make),
                draft -> Flux.from(parts)
                        .publishOn(Schedulers.boundedElastic(), PREFETCH)
                        .doOnNext(draft::take)
                        .then(Mono.<Void>fromRunnable(draft::commit).subscribeOn(Schedulers.boundedElastic())),
                draft -> Mono.empty(),
                (draft, error) -> draft.abort(),
                Draft::abort);
    }

    private synchronized void take(T part) {
        if (over) {
            return;
        }
        try {
            beginOnce();
            add(part);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void commit() {
        if (over) {
            return;
        }
        try {
            beginOnce();
            finish(place, target);
            over = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void beginOnce() throws IOException {
        if (!begun) {
            begun = true;
            begin(place, target);
        }
    }

    private Mono<Void> abort() {
        return Mono.<Void>fromRunnable(this::drop).subscribeOn(Schedulers.boundedElastic());
    }

    private synchronized void drop() {
        if (over) {
            return;
        }
        over = true;
        try {
            remove(place);
        } catch (IOException e) {
            LOG.warn("{} could not be deleted: {}", place, e.toString());
        }
    }

    /** Makes the place; errors when the target cannot be one. */
    abstract void begin(Path at, Path destination) throws IOException;

    abstract void add(T part) throws IOException;

    /** Moves what is at the place to the target, in one step. */
    abstract void finish(Path at, Path destination) throws IOException;

    /** Closes and deletes all, whatever is there. */
    abstract void remove(Path at) throws IOException;
}
