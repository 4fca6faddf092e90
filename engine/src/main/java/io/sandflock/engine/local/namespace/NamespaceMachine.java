/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.process.HostProcess;
import io.sandflock.engine.local.process.Launch;
import io.sandflock.engine.local.process.Standby;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

/** A sandbox. Its life's steps follow one another on threads that may block; what was begun is not cut off by a cancel. */
final class NamespaceMachine implements Machine {

    private final Host host;
    private final MachineSpec spec;
    private final Accounts.Account user;
    private final Path folder;
    private final Path fstab;
    private final MachineFiles files;
    private final Set<HostProcess> processes = ConcurrentHashMap.newKeySet();
    private final Object life = new Object();
    private volatile List<Path> cgroups = List.of();
    private volatile @Nullable Holder holder;
    private volatile @Nullable Anteroom anteroom;
    private volatile CompletableFuture<Boolean> died = new CompletableFuture<>();
    private boolean destroyed;

    NamespaceMachine(Host host, MachineSpec spec, Accounts.Account user) {
        this.host = host;
        this.spec = spec;
        this.user = user;
        this.folder = host.state().folder().resolve("m-" + spec.id());
        this.fstab = host.state().folder().resolve("m-" + spec.id() + ".fstab");
        this.files = host.files().apply(this);
    }

    String id() {
        return spec.id();
    }

    @Override
    public String workDir() {
        return user.home();
    }

    @Override
    public String homeDir() {
        return user.home();
    }

    @Override
    public String shell() {
        return host.shell();
    }

    @Override
    public MachineFiles files() {
        return files;
    }

    @Override
    public Mono<MachineProcess> spawn(ProcessSpec process) {
        return Mono.defer(() -> {
            Holder now = holder;
            return now == null
                    ? Mono.error(new SpawnException("the machine is stopped"))
                    : spawn(now, launch(now, process)).map(this::tracked);
        });
    }

    private Mono<HostProcess> spawn(Holder now, Launch launch) {
        Anteroom room = anteroom;
        Standby standby = room == null ? null : room.take(launch);
        return standby == null
                ? host.processes().spawn(launch)
                : host.processes().spawn(launch, standby, entry().machine(now));
    }

    private MachineProcess tracked(HostProcess process) {
        processes.add(process);
        Holder now = holder;
        if (now == null || now.ended().isDone()) {
            process.discard();
        }
        process.onEnd(() -> {
            processes.remove(process);
            // Not sooner: while a command starts, the processors are for it.
            refill();
        });
        return process;
    }

    private Launch launch(Holder now, ProcessSpec process) {
        Map<String, String> env = new LinkedHashMap<>(environment());
        env.putAll(process.env());
        String cwd = process.cwd().filter(path -> !path.isEmpty()).orElse(workDir());
        Entry entry = entry();
        return new Launch(
                entry.forCommands(now, user),
                entry.forSignals(now),
                hostname(),
                process.argv(),
                cwd.startsWith("/") ? cwd : workDir() + "/" + cwd,
                env,
                process.mergeStderr());
    }

    private Entry entry() {
        return new Entry(host.programs(), host.privileged(), spec.networkBlockAll(), cgroups);
    }

    private Runnable closeAnteroom() {
        Anteroom room = anteroom;
        anteroom = null;
        return room == null ? () -> {} : room.close();
    }

    private void refill() {
        Anteroom room = anteroom;
        if (room != null) {
            try {
                host.processes().blocking().schedule(room::fill);
            } catch (RejectedExecutionException e) {
                // All threads are busy: the next command starts without.
            }
        }
    }

    private Map<String, String> environment() {
        Map<String, String> env = new LinkedHashMap<>();
        env.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        env.put("HOME", user.home());
        env.put("USER", user.name());
        env.put("LOGNAME", user.name());
        env.put("SHELL", host.shell());
        env.put("LANG", "C.UTF-8");
        env.put("DAYTONA_SANDBOX_ID", spec.id());
        env.put("DAYTONA_SANDBOX_SNAPSHOT", spec.snapshot());
        env.put("DAYTONA_SANDBOX_USER", user.name());
        env.putAll(spec.env());
        return env;
    }

    // The kernel allows 64 bytes.
    private String hostname() {
        return spec.id().length() > 63 ? spec.id().substring(0, 63) : spec.id();
    }

    @Override
    public Mono<Void> start() {
        return step(() -> {
            begin();
            return true;
        });
    }

    @Override
    public Mono<Void> stop() {
        return step(() -> {
            end();
            return true;
        });
    }

    @Override
    public Mono<Void> destroy() {
        return step(() -> {
            remove();
            return true;
        });
    }

    @Override
    public Mono<Void> died() {
        return Mono.defer(() -> Mono.fromFuture(died, true)).then();
    }

    private Mono<Void> step(Callable<Boolean> work) {
        return Mono.defer(() -> {
            CompletableFuture<Signal<Boolean>> done = new CompletableFuture<>();
            // Subscribed to apart from the caller: a cancel must not end a step half-way. The step's end is in the
            // future, an
            // error as a signal: the future of a caller who has gone would log it as dropped, though a start that finds
            // its
            // machine destroyed by that very cancel is nothing to report.
            Mono<Signal<Boolean>> detached = Mono.fromCallable(work)
                    .subscribeOn(host.processes().blocking())
                    .materialize();
            detached.subscribe(done::complete, done::completeExceptionally);
            return Mono.fromFuture(done, true)
                    .<Boolean>dematerialize()
                    .onErrorMap(IOException.class, this::failed)
                    .then();
        });
    }

    private SandflockException failed(Throwable cause) {
        String reason = "the namespace sandbox could not be changed: " + cause.getMessage();
        return new TransientException(ErrorCode.START_FAILED, reason, ErrorContext.NONE.withSandbox(spec.id()), cause);
    }

    private void begin() throws IOException {
        synchronized (life) {
            Holder now = holder;
            if (destroyed) {
                throw new IOException("it was destroyed");
            }
            if (now != null && !now.ended().isDone()) {
                return;
            }
            cgroups = host.cgroups().create(host.state().instance(), spec.id(), spec.memoryGib(), host.processLimit());
            closeAnteroom().run();
            HolderPlan plan = new HolderPlan(
                    hostname(),
                    HolderScript.MARK + "-" + host.state().instance(),
                    folder,
                    fstab,
                    host.root().template(),
                    host.privileged(),
                    spec.networkBlockAll(),
                    cgroups);
            Path log = fstab.resolveSibling(fstab.getFileName() + ".log");
            Holder started = Holder.start(
                    HolderScript.command(host.programs(), plan),
                    log,
                    this::makeReady,
                    task -> host.processes().blocking().schedule(task));
            CompletableFuture<Boolean> death = new CompletableFuture<>();
            died = death;
            holder = started;
            watch(started, death);
        }
    }

    // While the keeper starts.
    private void makeReady() throws IOException {
        // It waits for the processors to join the cgroups, as the keeper does: at the same time.
        anteroom = new Anteroom(host.anterooms(), entry().forStandby(user), hostname(), environment());
        refill();
        host.root().makeFolders(folder);
        Files.writeString(fstab, host.root().mounts(folder));
    }

    private void watch(Holder started, CompletableFuture<Boolean> death) {
        var unused = started.ended().thenAccept(gone -> {
            if (holder == started) {
                death.complete(true);
            }
        });
    }

    private void end() throws IOException {
        synchronized (life) {
            Holder now = holder;
            holder = null;
            Runnable standbyEnd = closeAnteroom();
            if (now != null) {
                now.kill();
            }
            standbyEnd.run();
            processes.forEach(HostProcess::discard);
            processes.clear();
            Cgroups.remove(cgroups);
            cgroups = List.of();
        }
    }

    private void remove() throws IOException {
        synchronized (life) {
            destroyed = true;
            end();
            host.state().delete(folder);
            Files.deleteIfExists(fstab);
            Files.deleteIfExists(fstab.resolveSibling(fstab.getFileName() + ".log"));
            host.forget(this);
        }
    }
}
