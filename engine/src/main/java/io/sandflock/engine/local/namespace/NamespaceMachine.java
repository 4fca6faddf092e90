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
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;

/** A sandbox. Its life's steps follow one another on threads that may block; what was begun is not cut off by a cancel. */
final class NamespaceMachine implements Machine {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");

    private final Host host;
    private final MachineSpec spec;
    private final Accounts.Account user;
    private final MachineFiles files;
    private final Set<HostProcess> processes = ConcurrentHashMap.newKeySet();
    private final Object life = new Object();
    private final AtomicBoolean hasWorked = new AtomicBoolean();
    private volatile @Nullable Housing housing;
    private volatile CompletableFuture<Boolean> died = new CompletableFuture<>();
    private boolean destroyed;

    NamespaceMachine(Host host, MachineSpec spec, Accounts.Account user) {
        this.host = host;
        this.spec = spec;
        this.user = user;
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
            Housing now = housing;
            Holder holder = now == null ? null : now.holder();
            return now == null || holder == null
                    ? Mono.error(new SpawnException("the machine is stopped"))
                    : now.spawn(holder, launch(now.entry(), holder, process)).map(started -> tracked(now, started));
        });
    }

    private MachineProcess tracked(Housing in, HostProcess process) {
        processes.add(process);
        if (!in.isAlive()) {
            process.discard();
        }
        process.onEnd(() -> {
            processes.remove(process);
            // Not sooner: while a command starts, the processors are for it.
            in.refill();
            if (hasWorked.compareAndSet(false, true)) {
                MachineSpec kind = Spares.kind(spec);
                host.spares().want(kind, () -> new Housing(host, host.state().unnamed(), kind, user));
            }
        });
        return process;
    }

    private Launch launch(Entry entry, Holder now, ProcessSpec process) {
        Map<String, String> env = new LinkedHashMap<>(Housing.environment(host, spec, user));
        env.putAll(process.env());
        String cwd = process.cwd().filter(path -> !path.isEmpty()).orElse(workDir());
        return new Launch(
                entry.forCommands(now, user),
                entry.forSignals(now),
                hostname(),
                process.argv(),
                cwd.startsWith("/") ? cwd : workDir() + "/" + cwd,
                env,
                process.mergeStderr());
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
            Housing now = housing;
            if (destroyed) {
                throw new IOException("it was destroyed");
            }
            if (now != null && now.isAlive()) {
                return;
            }
            if (now == null && !hasTakenSpare()) {
                now = new Housing(host, host.state().plot(spec.id()), spec, user);
                housing = now;
            }
            if (now != null) {
                now.start(hostname());
            }
            CompletableFuture<Boolean> death = new CompletableFuture<>();
            died = death;
            watch(death);
        }
    }

    private boolean hasTakenSpare() {
        Housing spare = host.spares().take(Spares.kind(spec));
        if (spare == null) {
            return false;
        }
        housing = spare;
        try {
            spare.name(hostname());
            return true;
        } catch (IOException e) {
            LOG.debug("a sandbox is made anew: {}", e.getMessage());
            housing = null;
            host.spares().giveBack(spare);
            return false;
        }
    }

    private void watch(CompletableFuture<Boolean> death) {
        Housing in = housing;
        Holder started = in == null ? null : in.holder();
        if (in != null && started != null) {
            var unused = started.ended().thenAccept(gone -> {
                if (in.holder() == started) {
                    death.complete(true);
                }
            });
        }
    }

    private void end() throws IOException {
        synchronized (life) {
            Housing now = housing;
            if (now != null) {
                now.end(this::discard);
            }
        }
    }

    private void discard() {
        processes.forEach(HostProcess::discard);
        processes.clear();
    }

    private void remove() throws IOException {
        synchronized (life) {
            destroyed = true;
            Housing now = housing;
            if (now != null) {
                now.remove(this::discard);
            }
            host.forget(this);
        }
    }
}
