/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** The program in a JVM of its own, in a folder of its own, with everything that it leaves there and on the host. */
final class ChildRun {

    static final int SAMPLES = 120;

    /** Stands in the command line of every command of a sample, and nowhere else on this machine. */
    private static final String MARK = "0.20931";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder;
    private final List<Process> children = new ArrayList<>();

    ChildRun(Path folder) {
        this.folder = folder;
    }

    /** An eval like HumanEval: a dataset, a file for each sample, a command that takes some time. */
    List<String> eval() throws IOException {
        List<String> lines = IntStream.range(0, SAMPLES)
                .mapToObj(number -> "{\"task_id\": \"Human/" + number + "\", \"prompt\": \"print(" + number
                        + ")\", \"solution\": \"" + number + "\"}")
                .toList();
        Files.write(folder.resolve("problems.jsonl"), lines);
        Files.writeString(folder.resolve("eval.yaml"), """
                name: problems
                dataset: {path: problems.jsonl, fields: {id: task_id, input: prompt, target: solution}}
                files: {solution.txt: "{{{target}}}"}
                command: [sh, -c, "sleep %s; cat solution.txt"]
                score: exact
                """.formatted(MARK));
        return List.of("run", folder.toString(), "--runs", runs().toString(), "--max-sandboxes", "8");
    }

    Process start(Map<String, String> environment, List<String> args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(args);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("DAYTONA_") || name.startsWith("SANDFLOCK_"));
        builder.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
        builder.environment().putAll(environment);
        Process child = builder.start();
        children.add(child);
        return child;
    }

    /** Ends what a test that failed left running. */
    void endAll() {
        children.forEach(Process::destroyForcibly);
    }

    /** Its exit code. */
    static int end(Process child) throws InterruptedException {
        try {
            if (child.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                return child.exitValue();
            }
            throw new AssertionError("the program has not ended after " + PATIENCE);
        } finally {
            child.destroyForcibly();
        }
    }

    static void signal(Process child, String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(child.pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new AssertionError("kill ended with " + code);
        }
    }

    /** Waits until so many results are written. */
    void awaitResults(int number) {
        await(() -> results().size() >= number);
    }

    /** Waits until standard error has this text. */
    void awaitSaid(String text) {
        await(() -> said().contains(text));
    }

    private void await(BooleanSupplier condition) {
        Boolean met = Mono.fromSupplier(condition::getAsBoolean)
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(10)))
                .takeUntil(done -> done)
                .last()
                .timeout(PATIENCE, Mono.just(false))
                .block();
        if (!Boolean.TRUE.equals(met)) {
            throw new AssertionError("waited in vain; it said: " + said());
        }
    }

    /** The lines of results.ndjson; whole ones only. */
    List<String> results() {
        return file("results.ndjson").lines().filter(line -> line.endsWith("}")).toList();
    }

    /** A file of the run's; empty when it is not there yet. */
    String file(String name) {
        try (Stream<Path> runs = Files.list(runs())) {
            List<Path> found =
                    runs.map(run -> run.resolve(name)).filter(Files::exists).toList();
            return found.isEmpty() ? "" : Files.readString(found.get(0));
        } catch (IOException e) {
            return "";
        }
    }

    Path path(String name) throws IOException {
        try (Stream<Path> runs = Files.list(runs())) {
            return runs.findFirst().orElseThrow().resolve(name);
        }
    }

    /** Standard error. */
    String said() {
        try {
            return Files.readString(folder.resolve("err"));
        } catch (IOException e) {
            return "";
        }
    }

    /** What the embedded platform keeps on the disk. */
    List<String> state() throws IOException {
        Path state = folder.resolve("state/sandflock/local");
        if (!Files.exists(state)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(state)) {
            return entries.map(path -> path.getFileName().toString()).toList();
        }
    }

    /** Processes of sandboxes: the holders of these instances, and commands of samples. */
    static long processes(List<String> instances) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .map(ChildRun::commandLine)
                    .filter(line -> line.contains(MARK)
                            || instances.stream().anyMatch(instance -> line.contains("sandflock-holder-" + instance)))
                    .count();
        }
    }

    /** The host's mounts, but for those of a Docker Engine's containers, which come and go by themselves. */
    static List<String> mounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(mount -> !mount.contains("/overlay2/") && !mount.startsWith("nsfs "))
                .toList();
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    private Path runs() {
        return folder.resolve("runs");
    }
}
