/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.process.HostProcesses;
import io.sandflock.engine.local.process.Launch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import reactor.core.publisher.Mono;

/** For tests alone: a folder of the host and no walls at all. Real processes, each in a session of its own. */
public final class ProcessMachine implements Machine {

    private static final HostProcesses PROCESSES = HostProcesses.create("test-process", 1024);
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Path folder;
    private final String shell;

    public ProcessMachine(Path folder, String shell) {
        this.folder = folder;
        this.shell = shell;
    }

    @Override
    public String workDir() {
        return folder.toString();
    }

    @Override
    public String homeDir() {
        return folder.toString();
    }

    @Override
    public String shell() {
        return shell;
    }

    @Override
    public Mono<MachineProcess> spawn(ProcessSpec spec) {
        Map<String, String> env = new LinkedHashMap<>(Map.of("PATH", PATH, "HOME", folder.toString()));
        env.putAll(spec.env());
        String cwd = folder.resolve(spec.cwd().orElse(".")).toString();
        return PROCESSES
                .spawn(Launch.onHost(spec.argv(), cwd, env, spec.mergeStderr()))
                .cast(MachineProcess.class);
    }

    @Override
    public MachineFiles files() {
        return new ShellMachineFiles(this);
    }

    @Override
    public Mono<Void> stop() {
        return Mono.error(new UnsupportedOperationException("a test machine is not stopped"));
    }

    @Override
    public Mono<Void> start() {
        return Mono.error(new UnsupportedOperationException("a test machine is not started"));
    }

    @Override
    public Mono<Void> destroy() {
        return Mono.error(new UnsupportedOperationException("a test machine is not destroyed"));
    }

    @Override
    public Mono<Void> died() {
        return Mono.never();
    }
}
