/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.process.HostProcesses;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/** What all sandboxes of an opened substrate share. */
record Host(
        Programs programs,
        HostProcesses processes,
        StateFolder state,
        SystemRoot root,
        Accounts accounts,
        Cgroups cgroups,
        boolean privileged,
        String shell,
        int processLimit,
        Function<Machine, MachineFiles> files,
        Map<String, NamespaceMachine> machines,
        Semaphore anterooms,
        Spares spares) {

    void forget(NamespaceMachine machine) {
        machines.remove(machine.id(), machine);
    }
}
