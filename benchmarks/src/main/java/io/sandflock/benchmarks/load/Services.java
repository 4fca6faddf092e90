/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import io.sandflock.SandboxSpec;
import io.sandflock.engine.local.simulated.CommandScript.Command;
import io.sandflock.engine.local.simulated.CommandScript.Result;
import java.nio.file.Path;
import java.util.List;

/** Two compose services in each sandbox. Their daemon is simulated: it takes no time, so that what remains is the engine's. */
final class Services {

    private static final String PROGRAM = "sandflock-up";
    private static final int PROGRAM_AT = 3;

    private Services() {}

    static SandboxSpec spec() {
        String model = """
                services:
                  main:
                    image: debian:12
                    command: [sleep, infinity]
                    depends_on: {store: {condition: service_healthy}}
                  store:
                    image: debian:12
                    command: [sleep, infinity]
                    healthcheck: {test: [CMD, "true"], interval: 1s}
                """;
        return SandboxSpec.compose(model, Path.of("").toAbsolutePath());
    }

    /** Whether this is the program that brings services up. */
    static boolean isStart(Command command) {
        List<String> argv = command.argv();
        return argv.size() > PROGRAM_AT + 1 && argv.get(PROGRAM_AT).equals(PROGRAM);
    }

    /** What it prints when all is well. */
    static Result start(Command command) {
        String word = command.argv().get(PROGRAM_AT + 1);
        return Result.of(0)
                .stdout(word + " ready dockerd=0\n")
                .stdout(word + " service|main|1|c1|running||/|\n" + word + " service|store|1|c2|running||/|\n" + word
                        + " up dockerd=0 up=0\n");
    }
}
