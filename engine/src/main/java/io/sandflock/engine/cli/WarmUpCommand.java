/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
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
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

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
            return Math.max(run(Map.of(), List.of("--verbose", "--help")), runs(folder));
        } finally {
            remove(folder);
        }
    }

    /** At a URL, as most people's platform is, and on the embedded platform: each does what the other does not. */
    private static int runs(Path folder) {
        List<String> eval = List.of(
                "run", folder.toString(), "--runs", folder.resolve("runs").toString());
        List<String> exec = List.of("exec", "--", "true");
        int code = Session.await(Mono.usingWhen(
                        LocalPlatform.start(LocalOptions.of(SimulatedSubstrate.of(SimulatedOptions.DEFAULT))),
                        platform -> Mono.fromCallable(() -> {
                                    Map<String, String> environment = Map.of(
                                            "DAYTONA_API_URL",
                                            platform.url().toString(),
                                            "DAYTONA_API_KEY",
                                            platform.key().reveal());
                                    // Its code is the command's, which the simulated substrate does not know.
                                    run(environment, exec);
                                    return run(environment, eval);
                                })
                                .subscribeOn(Schedulers.boundedElastic()),
                        LocalPlatform::closeLater))
                .orElseThrow();
        return Math.max(code, run(Map.of(), with(eval, "--local", "simulated")));
    }

    private static List<String> with(List<String> arguments, String... more) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of(more));
        return all;
    }

    private static int run(Map<String, String> environment, List<String> arguments) {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false);
        return Main.run(
                new Terminal(nowhere, nowhere, false, false, 80), environment, arguments.toArray(String[]::new));
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
