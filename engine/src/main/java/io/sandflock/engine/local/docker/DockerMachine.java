/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.TransientException;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.files.Processes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

/** A sandbox: one container. Its life's steps follow one another; what was begun is not cut off by a cancel. */
final class DockerMachine implements Machine {

    private static final int MAX_ANSWER = 64 * 1024;

    private final DockerHost host;
    private final MachineSpec spec;
    private final MachineFiles files;
    private final AtomicReference<CompletableFuture<Signal<Boolean>>> last =
            new AtomicReference<>(CompletableFuture.completedFuture(Signal.complete()));
    private volatile Traits traits = Traits.UNKNOWN;
    private volatile CompletableFuture<Boolean> died = new CompletableFuture<>();
    private volatile @Nullable Image image;
    private volatile @Nullable String container;
    private volatile boolean asked;
    private volatile boolean running;
    private volatile boolean destroyed;

    DockerMachine(DockerHost host, MachineSpec spec) {
        this.host = host;
        this.spec = spec;
        this.files = host.options().files().apply(this);
    }

    @Override
    public String workDir() {
        return traits.workDir();
    }

    @Override
    public String homeDir() {
        return traits.home();
    }

    @Override
    public String shell() {
        return traits.shell();
    }

    @Override
    public MachineFiles files() {
        return files;
    }

    @Override
    public Mono<MachineProcess> spawn(ProcessSpec process) {
        return Mono.defer(() -> {
            String now = container;
            if (now == null || !running) {
                return Mono.error(new SpawnException("the machine is stopped"));
            }
            String cwd = process.cwd().filter(path -> !path.isEmpty()).orElse(workDir());
            return new Execs(host.engine(), now).spawn(process, cwd.startsWith("/") ? cwd : workDir() + "/" + cwd);
        });
    }

    @Override
    public Mono<Void> start() {
        return step(this::begin);
    }

    @Override
    public Mono<Void> stop() {
        return step(() -> {
            String now = container;
            boolean was = running;
            running = false;
            return now != null && was ? host.containers().stop(now) : Mono.empty();
        });
    }

    @Override
    public Mono<Void> destroy() {
        return step(() -> {
            destroyed = true;
            running = false;
            // By its name: the answer that had its id may have been lost.
            Mono<Void> removed = asked ? host.containers().remove(Containers.name(spec.id())) : Mono.empty();
            return removed.then(Mono.defer(this::forgotten));
        });
    }

    private Mono<Void> forgotten() {
        asked = false;
        Image used = image;
        image = null;
        return host.machines().remove(spec.id(), this) && used != null
                ? host.images().release(used)
                : Mono.empty();
    }

    @Override
    public Mono<Void> died() {
        return Mono.defer(() -> Mono.fromFuture(died, true)).then();
    }

    /** The engine says that the container's first process ended. */
    void ended() {
        if (running) {
            running = false;
            died.complete(true);
        }
    }

    /** The container, when it should be running. */
    @Nullable
    String expected() {
        return running ? container : null;
    }

    private Mono<Void> step(Supplier<Mono<Void>> work) {
        return Mono.defer(() -> {
            CompletableFuture<Signal<Boolean>> done = new CompletableFuture<>();
            CompletableFuture<Signal<Boolean>> before = last.getAndSet(done);
            // Subscribed to apart from the caller: a cancel must not end a step half-way. Its end is a signal in the
            // future: an
            // error that nobody waits for any more is nothing to report.
            Mono.fromFuture(before, true)
                    .then(Mono.defer(work))
                    .onErrorMap(EngineException.class, this::failed)
                    .thenReturn(true)
                    .materialize()
                    .subscribe(done::complete);
            return Mono.fromFuture(done, true).<Boolean>dematerialize().then();
        });
    }

    private RuntimeException failed(EngineException cause) {
        ErrorContext context = ErrorContext.NONE.withSandbox(spec.id());
        return cause.reason().contains("/bin/sh")
                ? new PermanentException(
                        ErrorCode.UNSUPPORTED,
                        "a sandbox cannot be made from the image of " + spec.snapshot()
                                + ": it has no /bin/sh, which commands need. " + cause.getMessage(),
                        context,
                        cause)
                : new TransientException(
                        ErrorCode.START_FAILED,
                        "the container of a sandbox could not be changed: " + cause.getMessage(),
                        context,
                        cause);
    }

    private Mono<Void> begin() {
        if (destroyed) {
            return Mono.error(new TransientException(
                    ErrorCode.START_FAILED,
                    "the sandbox was destroyed",
                    ErrorContext.NONE.withSandbox(spec.id()),
                    null));
        }
        if (running) {
            return Mono.empty();
        }
        Mono<String> there = container == null ? Mono.defer(this::create) : Mono.just(container);
        return there.flatMap(id -> host.containers()
                .start(id)
                .then(Mono.fromRunnable(() -> {
                    died = new CompletableFuture<>();
                    running = true;
                }))
                .then(Mono.defer(this::look))
                .onErrorResume(SpawnException.class, e -> endedAtOnce(id)));
    }

    // The engine's init finds no shell in the image, or the shell nothing to wait with.
    private Mono<Void> endedAtOnce(String id) {
        return host.containers()
                .exitCode(id)
                .flatMap(code -> Mono.error(new PermanentException(
                        ErrorCode.UNSUPPORTED,
                        "a sandbox cannot be made from the image of " + spec.snapshot()
                                + ": its first process ended at once with exit code " + code
                                + ". Images need /bin/sh, cat and sleep",
                        ErrorContext.NONE.withSandbox(spec.id()))));
    }

    private Mono<String> create() {
        return host.images()
                .use(spec.snapshot())
                .doOnNext(used -> image = used)
                .flatMap(used -> (spec.networkBlockAll()
                                ? Mono.just("none")
                                : host.network().name())
                        .flatMap(network -> {
                            asked = true;
                            return host.containers().create(spec, used, network);
                        }))
                // A name that is taken is somebody else's container.
                .doOnError(EngineException.class, e -> asked = asked && e.status() != 409)
                .doOnNext(id -> container = id);
    }

    private Mono<Void> look() {
        Image used = image;
        if (used == null || !traits.equals(Traits.UNKNOWN)) {
            return Mono.empty();
        }
        String key = used.id() + " " + spec.env().getOrDefault("HOME", "");
        Traits known = host.traits().get(key);
        Mono<Traits> found = known != null
                ? Mono.just(known)
                : Processes.run(this, Traits.PROGRAM, List.of(used.workDir()), MAX_ANSWER)
                        .map(finished -> Traits.of(new String(finished.stdout(), StandardCharsets.UTF_8)))
                        .doOnNext(now -> host.traits().put(key, now));
        return found.doOnNext(now -> traits = now).then();
    }
}
