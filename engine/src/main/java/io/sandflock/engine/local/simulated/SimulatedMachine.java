/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.simulated.SimulatedOptions.Operation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A machine that remembers files and executions, both made only when they are needed. */
final class SimulatedMachine implements Machine {

    static final String HOME = "/home/daytona";

    private final SimulatedSubstrate substrate;
    private final String id;
    private volatile boolean running = true;

    private @Nullable SimulatedFiles files;
    private @Nullable Executions executions;
    private Sinks.@Nullable Empty<Void> died;

    SimulatedMachine(SimulatedSubstrate substrate, String id) {
        this.substrate = substrate;
        this.id = id;
    }

    String id() {
        return id;
    }

    @Override
    public String workDir() {
        return HOME;
    }

    @Override
    public String homeDir() {
        return HOME;
    }

    @Override
    public String shell() {
        return "/bin/bash";
    }

    @Override
    public Mono<MachineProcess> spawn(ProcessSpec spec) {
        return substrate.takes(Operation.SPAWN).then(Mono.fromSupplier(() -> shell(spec)));
    }

    private MachineProcess shell(ProcessSpec spec) {
        if (!running) {
            throw new SpawnException("no such process");
        }
        return new SimulatedShell(substrate, this, spec);
    }

    @Override
    public synchronized SimulatedFiles files() {
        SimulatedFiles made = files;
        if (made == null) {
            made = new SimulatedFiles();
            files = made;
        }
        return made;
    }

    synchronized Executions executions() {
        Executions made = executions;
        if (made == null) {
            made = new Executions(substrate, this);
            executions = made;
        }
        return made;
    }

    @Override
    public Mono<Void> stop() {
        return substrate.takes(Operation.STOP).then(Mono.fromRunnable(this::stopped));
    }

    @Override
    public Mono<Void> start() {
        return substrate.takes(Operation.START).then(Mono.fromRunnable(() -> running = true));
    }

    @Override
    public Mono<Void> destroy() {
        return substrate.takes(Operation.DESTROY).then(Mono.fromRunnable(this::destroyed));
    }

    @Override
    public Mono<Void> died() {
        return Mono.defer(() -> deaths().asMono());
    }

    void die() {
        stopped();
        Sinks.Empty<Void> told;
        synchronized (this) {
            told = deaths();
            // The machine can be started again, and die again.
            died = null;
        }
        told.tryEmitEmpty();
    }

    /** Now: its executions are lost. */
    void destroyed() {
        stopped();
        Executions had;
        synchronized (this) {
            had = executions;
            files = null;
        }
        substrate.forget(this, had == null ? java.util.List.of() : had.ids());
    }

    private void stopped() {
        running = false;
        Executions had;
        synchronized (this) {
            had = executions;
        }
        if (had != null) {
            had.lose();
        }
    }

    private synchronized Sinks.Empty<Void> deaths() {
        Sinks.Empty<Void> made = died;
        if (made == null) {
            made = Sinks.empty();
            died = made;
        }
        return made;
    }
}
