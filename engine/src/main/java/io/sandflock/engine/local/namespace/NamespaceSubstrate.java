/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.process.HostProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sandboxes made of Linux namespaces on this host. {@link #open()} comes before {@link #create}; one substrate holds a lock and a folder
 * until {@link #closeLater()}, or until the JVM ends, whichever way.
 */
public final class NamespaceSubstrate implements Substrate {

    private static final int CLOSE_CONCURRENCY = 16;

    private final NamespaceOptions options;
    private final HostProcesses processes =
            HostProcesses.create("sandflock-namespace", HostProcesses.DEFAULT_MAX_THREADS);
    private final AtomicReference<@Nullable Host> host = new AtomicReference<>();

    private NamespaceSubstrate(NamespaceOptions options) {
        this.options = options;
    }

    /** A substrate that is not open yet. */
    public static NamespaceSubstrate create(NamespaceOptions options) {
        return new NamespaceSubstrate(options);
    }

    @Override
    public String name() {
        return "namespace";
    }

    @Override
    public String isolation() {
        Host now = host.get();
        boolean limited = now != null && now.cgroups().limitMemory();
        boolean root = now == null || now.privileged();
        return "own user, mount, process, IPC and host name namespaces over this host's system folders, "
                + (root
                        ? "root inside without rights outside"
                        : "a single user, no root inside, no sudo, system folders read-only")
                + (limited ? ", memory and process limits" : ", NO memory or process limits")
                + "; the kernel is shared, there is no seccomp filter and no disk quota, and the network is the host's unless blocked:"
                + " it does not hold against kernel exploits";
    }

    @Override
    public boolean hasImages() {
        return false;
    }

    @Override
    public Mono<Void> open() {
        return Mono.fromCallable(this::prepare)
                .subscribeOn(processes.blocking())
                .flatMap(this::proven)
                .then();
    }

    // One real sandbox says more than any list of checks of kernel settings.
    private Mono<Boolean> proven(Host prepared) {
        MachineSpec probe = new MachineSpec("probe", "probe", Map.of(), Accounts.NAME, false, 0, 0, 0);
        return create(probe)
                .onErrorMap(error -> unsupported(String.valueOf(error.getMessage())))
                .flatMap(machine -> machine.destroy().thenReturn(true))
                .onErrorResume(error -> closeLater().onErrorComplete().then(Mono.error(error)));
    }

    private Host prepare() throws IOException {
        if (!Files.isDirectory(Path.of("/proc/self/ns"))) {
            throw unsupported("this is not Linux with /proc mounted");
        }
        boolean privileged =
                "0".equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString());
        Programs programs = Programs.find(privileged);
        String shell = shell();
        StringBuilder refused = new StringBuilder();
        for (Path base : options.stateFolders()) {
            try {
                Host opened = prepare(programs, privileged, shell, base);
                host.set(opened);
                return opened;
            } catch (IOException e) {
                refused.append(refused.isEmpty() ? "" : "; ").append(e.getMessage());
            }
        }
        throw unsupported("no state folder can be used: " + refused);
    }

    private Host prepare(Programs programs, boolean privileged, String shell, Path base) throws IOException {
        StateFolder state = StateFolder.create(programs, base);
        try {
            Cgroups cgroups = Cgroups.find();
            state.sweep(cgroups);
            Accounts accounts = Accounts.read(shell);
            SystemRoot root = new SystemRoot(programs, state.folder(), privileged);
            root.prepare(accounts);
            return new Host(
                    programs,
                    processes,
                    state,
                    root,
                    accounts,
                    cgroups,
                    privileged,
                    shell,
                    options.processLimit(),
                    options.files(),
                    new ConcurrentHashMap<>(),
                    new Semaphore(Anteroom.MOST_STANDBYS),
                    new Spares(options.keptReady(), processes.blocking()));
        } catch (IOException e) {
            state.close();
            throw e;
        }
    }

    // As Daytona's daemon chooses it; the sandbox's system folders are the host's.
    private static String shell() throws IOException {
        Path list = Path.of("/etc/shells");
        List<String> listed = Files.isReadable(list) ? Files.readAllLines(list) : List.of();
        return List.of("/usr/bin/zsh", "/bin/zsh", "/usr/bin/bash", "/bin/bash").stream()
                .filter(listed::contains)
                .filter(shell -> Files.isExecutable(Path.of(shell)))
                .findFirst()
                .orElse("/bin/sh");
    }

    private static PermanentException unsupported(String cause) {
        return new PermanentException(
                ErrorCode.UNSUPPORTED,
                "namespace sandboxes cannot be made on this host: " + cause
                        + ". The kernel must allow user namespaces (sysctl user.max_user_namespaces above 0,"
                        + " kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0 where they exist) and"
                        + " overlay mounts in them (Linux 5.11); a container must be started with --privileged. Otherwise choose another substrate",
                ErrorContext.NONE);
    }

    @Override
    public Mono<Machine> create(MachineSpec spec) {
        return Mono.defer(() -> {
            Host now = host.get();
            if (now == null) {
                return Mono.error(new IllegalStateException("the substrate is not open"));
            }
            NamespaceMachine machine = new NamespaceMachine(now, checked(now, spec), account(now, spec));
            if (now.machines().putIfAbsent(machine.id(), machine) != null) {
                return Mono.error(taken(spec.id()));
            }
            return machine.start()
                    .onErrorResume(error -> machine.destroy().then(Mono.error(error)))
                    .doOnCancel(() -> abandon(machine))
                    .thenReturn(machine);
        });
    }

    // The caller is gone and has nothing to destroy the machine by; the steps of a machine's life follow one another.
    private static void abandon(NamespaceMachine machine) {
        machine.destroy().onErrorComplete().subscribe();
    }

    private static PermanentException taken(String id) {
        return new PermanentException(
                ErrorCode.CONFLICT, "there is a sandbox with this id already", ErrorContext.NONE.withSandbox(id));
    }

    private static MachineSpec checked(Host host, MachineSpec spec) {
        if (!spec.id().matches("[A-Za-z0-9-]{1,128}")) {
            throw new IllegalArgumentException("a sandbox's id has letters, digits and - only");
        }
        if (spec.networkBlockAll()
                && !host.programs().missingForBlockedNetwork().isEmpty()) {
            throw new PermanentException(
                    ErrorCode.UNSUPPORTED,
                    "a namespace sandbox with a blocked network needs a program that this host does not have; install "
                            + String.join(", ", host.programs().missingForBlockedNetwork()),
                    ErrorContext.NONE.withSandbox(spec.id()));
        }
        return spec;
    }

    private static Accounts.Account account(Host host, MachineSpec spec) {
        if (!host.privileged() && !spec.user().equals(Accounts.NAME)) {
            throw new PermanentException(
                    ErrorCode.UNSUPPORTED,
                    "user '" + spec.user()
                            + "': without root on this host a namespace sandbox has the user daytona only",
                    ErrorContext.NONE.withSandbox(spec.id()));
        }
        return host.accounts()
                .find(spec.user())
                .orElseThrow(() -> new PermanentException(
                        ErrorCode.INVALID_INPUT,
                        "user '" + spec.user()
                                + "' does not exist in a namespace sandbox; it has daytona, root and the host's system accounts",
                        ErrorContext.NONE.withSandbox(spec.id())));
    }

    /** Destroys all machines and gives the folder and its lock up. */
    @Override
    public Mono<Void> closeLater() {
        return Mono.defer(() -> {
            Host now = host.get();
            return now == null ? Mono.empty() : close(now);
        });
    }

    private Mono<Void> close(Host now) {
        Mono<Void> machines = Flux.fromIterable(List.copyOf(now.machines().values()))
                .flatMapDelayError(NamespaceMachine::destroy, CLOSE_CONCURRENCY, 1)
                .then();
        Mono<Boolean> spares = Mono.fromCallable(() -> {
                    now.spares().close();
                    return true;
                })
                .subscribeOn(processes.blocking());
        return Mono.whenDelayError(machines, spares)
                .then(Mono.fromCallable(() -> released(now)).subscribeOn(processes.blocking()))
                .then();
    }

    private boolean released(Host now) throws IOException {
        if (host.compareAndSet(now, null)) {
            now.state().close();
        }
        return true;
    }
}
