/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Sandboxes and commands for the tests. */
final class Boxes {

    private Boxes() {}

    static MachineSpec spec(String id) {
        return new MachineSpec(id, "daytona-small", Map.of("SPOKEN", "a b"), "daytona", false, 1, 1, 1);
    }

    static MachineSpec of(String id, String snapshot) {
        return new MachineSpec(id, snapshot, Map.of(), "daytona", false, 1, 1, 1);
    }

    static Machine create(DockerSubstrate substrate, MachineSpec spec) {
        Machine machine = substrate.create(spec).block(DockerEngine.LONG);
        if (machine == null) {
            throw new AssertionError("no machine");
        }
        return machine;
    }

    static MachineProcess spawn(Machine machine, String script) {
        MachineProcess process = machine.spawn(
                        new ProcessSpec(List.of("/bin/sh", "-c", script), Optional.empty(), Map.of(), false))
                .block(DockerEngine.LONG);
        if (process == null) {
            throw new AssertionError("no process");
        }
        return process;
    }

    static Result sh(Machine machine, String script) {
        Result result = finished(spawn(machine, script)).block(DockerEngine.LONG);
        if (result == null) {
            throw new AssertionError("no result");
        }
        return result;
    }

    /** What a script prints that says nothing on standard error. */
    static String out(Machine machine, String script) {
        Result result = sh(machine, script);
        if (!result.err().isEmpty()) {
            throw new AssertionError(result.err());
        }
        return result.out();
    }

    static Mono<Result> finished(MachineProcess process) {
        return process.closeStdin()
                .then(Mono.zip(text(process.stdout()), text(process.stderr()), process.exit()))
                .map(all -> new Result(all.getT3(), all.getT1(), all.getT2()));
    }

    static Mono<String> text(Flux<ByteBuffer> bytes) {
        return bytes.map(part -> StandardCharsets.ISO_8859_1.decode(part).toString())
                .collect(StringBuilder::new, StringBuilder::append)
                .map(StringBuilder::toString);
    }

    record Result(int code, String out, String err) {}
}
