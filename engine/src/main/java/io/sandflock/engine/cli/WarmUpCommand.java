/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Does what the commands do, so that the JVM can write what they need to its start-up cache. Runs on the simulated substrate: nothing
 * is left on the machine. The launcher calls it once after each build.
 */
@Command(name = "warm-up", hidden = true, description = WarmUpCommand.ABOUT)
final class WarmUpCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT = "For the launcher: fills the JVM's start-up cache.";

    private static final String EVAL = """
            name: warm-up
            samples: [{id: one, input: x}]
            command: ["true"]
            score: exit_code
            """;

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("sandflock-warm-up");
        try {
            Files.writeString(folder.resolve("eval.yaml"), EVAL);
            String runs = folder.resolve("runs").toString();
            // Its code is the command's, which the simulated substrate does not know.
            run(List.of("exec", "--local", "simulated", "--", "true"));
            return Math.max(
                    run(List.of("--help")),
                    run(List.of("run", folder.toString(), "--local", "simulated", "--runs", runs)));
        } finally {
            remove(folder);
        }
    }

    private static int run(List<String> arguments) {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false);
        return Main.run(new Terminal(nowhere, nowhere, false, false, 80), Map.of(), arguments.toArray(String[]::new));
    }

    private static void remove(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(all::add);
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
