/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.SandflockException;
import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.UploadedContexts;
import io.sandflock.engine.local.process.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Sandboxes made of a Docker Engine's containers. {@link #open()} comes before {@link #create}; one substrate holds a lock on a file
 * until {@link #closeLater()}, or until the JVM ends, whichever way; the next start removes what was left.
 */
public final class DockerSubstrate implements Substrate {

    private static final int CLOSE_CONCURRENCY = 16;
    private static final int OLDEST_MINOR = 40;
    private static final int NEWEST_MINOR = 47;

    private final DockerOptions options;
    private final EngineClient engine;
    private final AtomicReference<@Nullable DockerHost> host = new AtomicReference<>();
    private final Disposable.Swap deaths = Disposables.swap();
    private volatile String instance = "";

    private DockerSubstrate(DockerOptions options) {
        this.options = options;
        this.engine = new EngineClient(options.socket());
    }

    /** A substrate that is not open yet. */
    public static DockerSubstrate create(DockerOptions options) {
        return new DockerSubstrate(options);
    }

    @Override
    public String name() {
        return "docker";
    }

    /** What marks everything in the engine that is this substrate's; empty before it was opened. */
    String instance() {
        return instance;
    }

    @Override
    public String isolation() {
        DockerHost now = host.get();
        return "containers of the Docker Engine" + (now == null ? "" : " " + now.version()) + " at " + engine.host()
                + (now == null || now.seccomp() ? ", with its seccomp filter" : ", with NO seccomp filter")
                + " and default capabilities, memory, CPU and process limits, no disk quota; sandboxes do not reach each other where the"
                + " engine manages the packet filter, the network is the engine's unless blocked; the kernel is shared"
                + (options.privileged().isEmpty()
                        ? "; no sandbox may hold a Docker daemon"
                        : "; sandboxes of snapshots named " + String.join(", ", options.privileged())
                                + " hold a Docker daemon and are PRIVILEGED: root in them is root on the engine's host");
    }

    @Override
    public boolean hasImages() {
        return true;
    }

    @Override
    public Mono<Void> open() {
        return negotiated()
                .then(engine.call(HttpMethod.GET, "/info"))
                .flatMap(info -> Mono.fromCallable(() -> prepare(info)).subscribeOn(Schedulers.boundedElastic()))
                .flatMap(now -> swept(now).thenReturn(now))
                .doOnNext(this::listen)
                .then()
                .onErrorMap(e -> !(e instanceof SandflockException), e -> unsupported(String.valueOf(e.getMessage())))
                .onErrorResume(error -> closeLater().onErrorComplete().then(Mono.error(error)));
    }

    private Mono<Void> negotiated() {
        return engine.call(HttpMethod.GET, "/version")
                .doOnNext(version -> {
                    int newest = minor(version.path("ApiVersion").asText());
                    int oldest = minor(version.path("MinAPIVersion").asText());
                    if (newest < OLDEST_MINOR || oldest > NEWEST_MINOR) {
                        throw unsupported("it speaks API 1." + oldest + " to 1." + newest + "; expected one of 1."
                                + OLDEST_MINOR + " to 1." + NEWEST_MINOR);
                    }
                    engine.speak("1." + Math.min(newest, NEWEST_MINOR));
                })
                .then();
    }

    private static int minor(String version) {
        return version.matches("1\\.\\d{1,4}") ? Integer.parseInt(version.substring(2)) : -1;
    }

    private DockerHost prepare(JsonNode info) throws IOException {
        // An engine that was replaced has nothing of what an instance left in the other one.
        CRC32 sum = new CRC32();
        sum.update((engine.host() + " " + info.path("ID").asText()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Path folder = options.stateFolder()
                .resolve(HexFormat.of().toHexDigits(sum.getValue()).substring(8));
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        LockFile begun = LockFile.create(folder);
        // Debian's package does not bring it; reaping is the shell's then.
        boolean init = !info.path("InitCommit").path("ID").asText("N/A").equals("N/A");
        DockerHost opened = new DockerHost(
                engine,
                info.path("ServerVersion").asText(),
                info.path("SecurityOptions").toString().contains("name=seccomp"),
                options,
                begun,
                new Containers(engine, options, begun.name(), init),
                new Network(engine, begun.name()),
                new Images(engine, options, begun),
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>(),
                folder);
        host.set(opened);
        instance = begun.name();
        return opened;
    }

    private Mono<Void> swept(DockerHost now) {
        Sweep sweep = new Sweep(engine, now.containers());
        return Mono.fromCallable(() -> LockFile.dead(now.folder()))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMapIterable(dead -> dead)
                .concatMap(
                        dead -> Mono.fromCallable(dead::notes)
                                .subscribeOn(Schedulers.boundedElastic())
                                .flatMap(images -> sweep.of(dead.name(), images))
                                .then(blocking(dead::remove))
                                .onErrorResume(e -> blocking(dead::release).then(Mono.error(e))),
                        1)
                .then();
    }

    private void listen(DockerHost now) {
        // Owned by the substrate, from open to close: machines come and go.
        deaths.update(new Deaths(engine, now.instance().name())
                .ids(() -> expected(now))
                .subscribe(id -> now.machines().values().stream()
                        .filter(machine -> id.equals(machine.expected()))
                        .forEach(DockerMachine::ended)));
    }

    private static Set<String> expected(DockerHost now) {
        return now.machines().values().stream()
                .map(DockerMachine::expected)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private PermanentException unsupported(String cause) {
        return new PermanentException(
                ErrorCode.UNSUPPORTED,
                "the Docker Engine at " + engine.host() + " cannot be used: " + cause,
                ErrorContext.NONE);
    }

    @Override
    public Flux<String> build(ImageSpec image, UploadedContexts contexts) {
        return Flux.defer(() -> opened().images().make(image, contexts));
    }

    @Override
    public Mono<Void> remove(String image) {
        return Mono.defer(() -> opened().images().remove(image));
    }

    @Override
    public Mono<Machine> create(MachineSpec spec) {
        return Mono.defer(() -> {
            DockerHost now = opened();
            if (!spec.id().matches("[A-Za-z0-9-]{1,128}")) {
                return Mono.error(new IllegalArgumentException("a sandbox's id has letters, digits and - only"));
            }
            DockerMachine machine = new DockerMachine(now, spec);
            if (now.machines().putIfAbsent(spec.id(), machine) != null) {
                return Mono.error(new PermanentException(
                        ErrorCode.CONFLICT,
                        "there is a sandbox with this id already",
                        ErrorContext.NONE.withSandbox(spec.id())));
            }
            return machine.start()
                    .onErrorResume(error -> machine.destroy().then(Mono.error(error)))
                    .doOnCancel(() -> abandon(machine))
                    .thenReturn(machine);
        });
    }

    // The caller is gone and has nothing to destroy the machine by; the steps of a machine's life follow one another.
    private static void abandon(DockerMachine machine) {
        machine.destroy().onErrorComplete().subscribe();
    }

    private DockerHost opened() {
        DockerHost now = host.get();
        if (now == null) {
            throw new IllegalStateException("the substrate is not open");
        }
        return now;
    }

    /** Destroys all machines, removes the images of snapshots and the network, and gives the lock up. */
    @Override
    public Mono<Void> closeLater() {
        return Mono.defer(() -> {
            DockerHost now = host.getAndSet(null);
            deaths.dispose();
            return (now == null ? Mono.<Void>empty() : close(now)).then(engine.closeLater());
        });
    }

    private static Mono<Void> close(DockerHost now) {
        return Flux.fromIterable(List.copyOf(now.machines().values()))
                .flatMapDelayError(DockerMachine::destroy, CLOSE_CONCURRENCY, 1)
                .then(Mono.defer(now.network()::remove))
                .then(Mono.defer(now.images()::closeLater))
                .then(blocking(now.instance()::remove))
                // What could not be removed is swept by the next start.
                .onErrorResume(e -> blocking(now.instance()::release).then(Mono.error(e)));
    }

    private static Mono<Void> blocking(IoTask task) {
        return Mono.<Void>fromCallable(() -> {
                    task.run();
                    return null;
                })
                .subscribeOn(Schedulers.boundedElastic());
    }

    /** Blocks. */
    private interface IoTask {
        void run() throws IOException;
    }
}
