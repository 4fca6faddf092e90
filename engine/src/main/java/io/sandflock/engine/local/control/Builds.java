/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.UploadedContexts;
import io.sandflock.engine.local.control.CreateRequest.Build;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Builds of images: one, however many wait for it. What failed is built again when it is asked for again. Thread-safe. */
final class Builds {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");

    /** Chunks of a log that are kept. */
    private static final int KEPT = 10_000;

    private final Substrate substrate;
    private final UploadedContexts contexts;
    private final Map<String, Running> byName = new ConcurrentHashMap<>();
    private final Disposable.Composite work = Disposables.composite();

    Builds(Substrate substrate, UploadedContexts contexts) {
        this.substrate = substrate;
        this.contexts = contexts;
    }

    /** The name of a build: the same text and the same contexts are the same image. */
    static String nameOf(Build build) {
        String text = build.dockerfile()
                + String.join("", build.contextHashes().stream().sorted().toList());
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "daytona-" + HexFormat.of().formatHex(hash) + ":daytona";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Completes when the image can be used; starts the build when nobody has. Does not end with those who wait. */
    Mono<Void> built(ImageSpec image) {
        return Mono.defer(() -> {
            Running fresh = new Running();
            // The log of one that failed is there until it is built again.
            Running running = byName.compute(image.name(), (name, old) -> old == null || old.failed ? fresh : old);
            if (running == fresh) {
                start(image, fresh);
            }
            return running.ended.asMono();
        });
    }

    /** A build's log: as it grows, to the end, or what there is now. Empty when there is none. */
    Optional<Flux<String>> log(String name, boolean follow) {
        return Optional.ofNullable(byName.get(name))
                .map(running -> follow ? running.log.asFlux() : Flux.fromIterable(running.soFar));
    }

    /** Forgets a build and lets its image go. */
    void forget(String name) {
        byName.remove(name);
        // Owned by this object: the answer to the one who asked does not wait.
        work.add(substrate
                .remove(name)
                .subscribe(
                        nothing -> {},
                        error -> LOG.warn("the image of {} is left: {}", name, String.valueOf(error.getMessage()))));
    }

    /** Cancels what is being built. */
    void close() {
        work.dispose();
    }

    private void start(ImageSpec image, Running running) {
        // Owned by this object: those who wait come and go.
        work.add(substrate
                .build(image, contexts)
                .subscribe(running::print, error -> failed(running, error), running::end));
    }

    private static void failed(Running running, Throwable error) {
        running.failed = true;
        running.print(error.getMessage() + "\n");
        running.log.tryEmitComplete();
        running.ended.tryEmitError(error);
    }

    private static final class Running {
        private final Sinks.Many<String> log = Sinks.many().replay().limit(KEPT);
        private final Queue<String> soFar = new ConcurrentLinkedQueue<>();
        private final AtomicInteger printed = new AtomicInteger();
        private final Sinks.Empty<Void> ended = Sinks.empty();
        private volatile boolean failed = false;

        void print(String text) {
            soFar.add(text);
            if (printed.incrementAndGet() > KEPT) {
                soFar.poll();
            }
            log.tryEmitNext(text);
        }

        void end() {
            log.tryEmitComplete();
            ended.tryEmitEmpty();
        }
    }
}
