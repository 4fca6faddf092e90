/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.util.Map;

/**
 * A machine to make.
 *
 * @param id the sandbox's id: letters, digits and {@code -} only
 * @param snapshot the snapshot's name
 * @param env variables of every process
 * @param user the OS user that commands run as
 * @param networkBlockAll leaves loopback only
 * @param cpu vCPUs
 * @param memoryGib GiB
 * @param diskGib GiB
 */
public record MachineSpec(
        String id,
        String snapshot,
        Map<String, String> env,
        String user,
        boolean networkBlockAll,
        double cpu,
        double memoryGib,
        double diskGib) {

    /** Copies the variables. */
    public MachineSpec {
        env = Map.copyOf(env);
    }

    /** The same for another sandbox. */
    public MachineSpec withId(String other) {
        return new MachineSpec(other, snapshot, env, user, networkBlockAll, cpu, memoryGib, diskGib);
    }

    /** Never the variables. */
    @Override
    public String toString() {
        return "MachineSpec[" + id + ", " + snapshot + "]";
    }
}
