/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.MachineSpec;
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
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What a sandbox runs in: its files, cgroups, keeper, and the shell that stands by; of a sandbox, or of none yet when it is kept ready. Who
 * has it calls its blocking methods one after another.
 */
final class Housing {

    /** The one variable of every command that its sandbox's id is in. */
    private static final String ID = "DAYTONA_SANDBOX_ID";

    private final Host host;
    private final Plot plot;
    private final MachineSpec spec;
    private final Accounts.Account user;
    private volatile List<Path> cgroups = List.of();
    private volatile @Nullable Holder holder;
    private volatile @Nullable Anteroom anteroom;

    /** Nothing is made yet; {@code spec}'s id is not looked at. */
    Housing(Host host, Plot plot, MachineSpec spec, Accounts.Account user) {
        this.host = host;
        this.plot = plot;
        this.spec = spec;
        this.user = user;
    }

    /** The variables of a command of a sandbox that has none of its own. */
    static Map<String, String> environment(Host host, MachineSpec spec, Accounts.Account user) {
        Map<String, String> env = new LinkedHashMap<>();
        env.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        env.put("HOME", user.home());
        env.put("USER", user.name());
        env.put("LOGNAME", user.name());
        env.put("SHELL", host.shell());
        env.put("LANG", "C.UTF-8");
        env.put(ID, spec.id());
        env.put("DAYTONA_SANDBOX_SNAPSHOT", spec.snapshot());
        env.put("DAYTONA_SANDBOX_USER", user.name());
        env.putAll(spec.env());
        return env;
    }

    /** Starts a sandbox, unless it runs; blocks until commands can be run in it. */
    void start(String hostname) throws IOException {
        Holder now = holder;
        if (now == null || now.ended().isDone()) {
            begin(hostname, this::refill);
        }
    }

    /** As {@link #start}, for whoever comes: it gets its name from {@link #name}. */
    void startUnnamed() throws IOException {
        Holder started = begin("", () -> {});
        Anteroom room = anteroom;
        if (room != null) {
            room.fillWithin(entry().forCommands(started, user));
        }
    }

    /** Makes a sandbox's what had no name; blocks, for no longer than the keeper needs to wake. */
    void name(String hostname) throws IOException {
        Holder now = holder;
        if (now == null || now.ended().isDone()) {
            throw new IOException("the sandbox that was kept ready is gone");
        }
        now.name(hostname);
    }

    private Holder begin(String hostname, Runnable standby) throws IOException {
        cgroups = host.cgroups().create(host.state().instance(), plot.name(), spec.memoryGib(), host.processLimit());
        closeAnteroom().run();
        HolderPlan plan = new HolderPlan(
                hostname,
                HolderScript.MARK + "-" + host.state().instance(),
                plot.folder(),
                plot.fstab(),
                host.root().template(),
                host.privileged(),
                spec.networkBlockAll(),
                cgroups);
        Holder started = Holder.start(
                HolderScript.command(host.programs(), plan),
                plot.log(),
                () -> makeReady(standby),
                task -> host.processes().blocking().schedule(task));
        holder = started;
        return started;
    }

    // While the keeper starts.
    private void makeReady(Runnable standby) throws IOException {
        Map<String, String> env = environment(host, spec, user);
        env.remove(ID);
        anteroom = new Anteroom(host.anterooms(), entry().forStandby(user), env, Set.of(ID));
        // It waits for the processors to join the cgroups, as the keeper does: at the same time.
        standby.run();
        host.root().makeFolders(plot.folder());
        Files.writeString(plot.fstab(), host.root().mounts(plot.folder()));
    }

    boolean isAlive() {
        Holder now = holder;
        return now != null && !now.ended().isDone();
    }

    Entry entry() {
        return new Entry(host.programs(), host.privileged(), spec.networkBlockAll(), cgroups);
    }

    @Nullable
    Holder holder() {
        return holder;
    }

    Mono<HostProcess> spawn(Holder now, Launch launch) {
        Anteroom room = anteroom;
        Standby standby = room == null ? null : room.take(launch);
        return standby == null
                ? host.processes().spawn(launch)
                : host.processes().spawn(launch, standby, entry().machine(now));
    }

    /** Has a shell stand by for the next command. */
    void refill() {
        Anteroom room = anteroom;
        if (room != null) {
            try {
                host.processes().blocking().schedule(room::fill);
            } catch (RejectedExecutionException e) {
                // All threads are busy: the next command starts without.
            }
        }
    }

    private Runnable closeAnteroom() {
        Anteroom room = anteroom;
        anteroom = null;
        return room == null ? () -> {} : room.close();
    }

    /**
     * Ends all processes; the files stay.
     *
     * @param whenEnded before the cgroups go
     */
    void end(Runnable whenEnded) throws IOException {
        Holder now = holder;
        holder = null;
        Runnable standbyEnd = closeAnteroom();
        if (now != null) {
            now.kill();
        }
        standbyEnd.run();
        whenEnded.run();
        Cgroups.remove(cgroups);
        cgroups = List.of();
    }

    /** Ends all processes and deletes the files. */
    void remove(Runnable whenEnded) throws IOException {
        end(whenEnded);
        plot.delete(host.state());
    }

    /** As above, of what no command was run in. */
    void remove() throws IOException {
        remove(() -> {});
    }
}
