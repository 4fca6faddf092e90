/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Substrates and commands for the tests. */
final class Boxes {

    static final Duration LONG = Duration.ofSeconds(60);

    private Boxes() {}

    static NamespaceSubstrate substrate(Path state) {
        return NamespaceSubstrate.create(options(state));
    }

    /** Without a sandbox that is kept ready: what is there is what a test made. */
    static NamespaceOptions options(Path state) {
        return new NamespaceOptions(List.of(state), machine -> noFiles(), 512, Duration.ZERO);
    }

    /** These tests use commands only; files have tests of their own. */
    private static MachineFiles noFiles() {
        return (MachineFiles) Proxy.newProxyInstance(
                Boxes.class.getClassLoader(), new Class<?>[] {MachineFiles.class}, (proxy, method, arguments) -> {
                    throw new UnsupportedOperationException(method.getName());
                });
    }

    static MachineSpec spec(String id) {
        return new MachineSpec(id, "default", Map.of(), "daytona", false, 1, 1, 1);
    }

    static Result sh(Machine machine, String script) {
        return run(machine, List.of("/bin/sh", "-c", script));
    }

    static ProcessSpec shell(String script) {
        return new ProcessSpec(List.of("/bin/sh", "-c", script), Optional.empty(), Map.of(), false);
    }

    static Result run(Machine machine, List<String> argv) {
        Result result = later(machine, new ProcessSpec(argv, Optional.empty(), Map.of(), false))
                .block(LONG);
        if (result == null) {
            throw new AssertionError("no result");
        }
        return result;
    }

    static Mono<Result> later(Machine machine, ProcessSpec spec) {
        return machine.spawn(spec)
                .flatMap(process -> process.closeStdin()
                        .then(Mono.zip(text(process.stdout()), text(process.stderr()), process.exit()))
                        .map(all -> new Result(all.getT3(), all.getT1(), all.getT2())));
    }

    static Mono<String> text(Flux<ByteBuffer> bytes) {
        return bytes.map(part -> StandardCharsets.ISO_8859_1.decode(part).toString())
                .collect(StringBuilder::new, StringBuilder::append)
                .map(StringBuilder::toString)
                .subscribeOn(Schedulers.boundedElastic());
    }

    static MachineProcess spawn(Machine machine, String script) {
        MachineProcess process = machine.spawn(
                        new ProcessSpec(List.of("/bin/sh", "-c", script), Optional.empty(), Map.of(), false))
                .block(LONG);
        if (process == null) {
            throw new AssertionError("no process");
        }
        return process;
    }

    record Result(int code, String out, String err) {}
}
