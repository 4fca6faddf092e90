/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The launcher as a person runs it: when it says something, when its first request comes, how soon it is over. */
final class CommandLineRun {

    static final String NAME = "cli";
    static final String CLAIM = "CLI: --help <= 100 ms, first request <= 150 ms, exit <= 20 ms after the last answer";

    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int TRIES = 15;

    private final Path launcher;
    private final AtomicLong firstRequest = new AtomicLong();
    private final AtomicLong lastAnswer = new AtomicLong();

    private CommandLineRun(Path root) {
        this.launcher = root.resolve("sandflock");
    }

    /** @param root has the launcher, and what it runs already built */
    static Map<String, Object> measure(Path root, boolean smoke) throws IOException, InterruptedException {
        return new CommandLineRun(root).measure(smoke ? 1 : TRIES);
    }

    private Map<String, Object> measure(int tries) throws IOException, InterruptedException {
        if (!Files.isExecutable(launcher)) {
            throw new IOException(launcher + " is not there; give --root DIR, the folder of the repository");
        }
        Path folder = Files.createTempDirectory("sandflock-cli");
        Path eval = eval(folder);
        double[] help = new double[tries];
        double[] request = new double[tries];
        double[] exit = new double[tries];
        LocalPlatform platform = Objects.requireNonNull(LocalPlatform.start(LocalOptions.of(SimulatedSubstrate.of(
                                SimulatedOptions.DEFAULT.withScript(CommandScript.prints("hello\n"))))
                        .withExchanges(exchange -> {
                            long now = System.nanoTime();
                            firstRequest.compareAndSet(0, now);
                            lastAnswer.set(now);
                        }))
                .block(DEADLINE));
        try {
            // The first of them writes the start-up cache, and is not counted.
            run(platform, List.of("--help"));
            for (int i = 0; i < tries; i++) {
                long begin = System.nanoTime();
                help[i] = (run(platform, List.of("--help")) - begin) / 1e6;
                firstRequest.set(0);
                begin = System.nanoTime();
                long end = run(
                        platform,
                        List.of(
                                "run",
                                eval.toString(),
                                "--runs",
                                folder.resolve("runs").toString()));
                request[i] = (firstRequest.get() - begin) / 1e6;
                exit[i] = (end - lastAnswer.get()) / 1e6;
            }
        } finally {
            platform.closeLater().block(DEADLINE);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("tries", tries);
        put(figures, "--help ms", help);
        // The listener is told of an exchange when its answer was sent: the figure has the platform's part in it.
        put(figures, "first request answered ms", request);
        put(figures, "exit after the last answer ms", exit);
        return figures;
    }

    private static void put(Map<String, Object> figures, String name, double[] values) {
        figures.put(name + ", p50", Math.round(Figures.percentile(values, 0.5) * 10) / 10.0);
        figures.put(name + ", least", Math.round(Figures.percentile(values, 0) * 10) / 10.0);
        figures.put(name + ", most", Math.round(Figures.percentile(values, 1) * 10) / 10.0);
    }

    private static Path eval(Path folder) throws IOException {
        return Files.writeString(folder.resolve("eval.yaml"), """
                name: hello
                samples: [{id: one, input: x}]
                command: [echo, hello]
                score: exit_code
                """);
    }

    /** When it had ended, of {@link System#nanoTime()}. */
    private long run(LocalPlatform platform, List<String> arguments) throws IOException, InterruptedException {
        ProcessBuilder command = new ProcessBuilder(launcher.toString());
        command.command().addAll(arguments);
        command.environment().put("DAYTONA_API_URL", platform.url().toString());
        command.environment().put("DAYTONA_API_KEY", platform.key().reveal());
        command.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = command.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(DEADLINE.toSeconds() * 5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command.command() + " did not end");
        }
        long ended = System.nanoTime();
        if (process.exitValue() != 0) {
            throw new IOException(command.command() + " ended with " + process.exitValue());
        }
        return ended;
    }
}
