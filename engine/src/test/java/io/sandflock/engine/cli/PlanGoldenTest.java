/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.compose.SandboxPlanner;
import io.sandflock.engine.config.SandboxFile;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.SandboxPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code sandflock plan} makes of compose files and Dockerfiles. A case is a file of {@code src/test/resources/plans}, named by what
 * it claims: files, each after a line {@code === name}, of which the first is planned; {@code === environment} with variables; then
 * {@code === plan} with what {@code --json} prints, {@code === model} with what a Docker daemon in the sandbox gets and {@code === values}
 * with what is secret, or {@code === refused}.
 *
 * <p>{@code -Dsandflock.update=true} writes what is expected anew: read the difference.
 */
class PlanGoldenTest {

    private static final Path CASES = Path.of("src/test/resources/plans");
    private static final List<String> EXPECTED = List.of("plan", "model", "values", "refused");
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @TempDir
    private Path temporary;

    @TestFactory
    Stream<DynamicTest> aPlanIsWhatItsFileClaims() throws IOException {
        return cases().stream().map(file -> DynamicTest.dynamicTest(claim(file), file.toUri(), () -> check(file)));
    }

    @Test
    void thereAreManyCases() throws IOException {
        assertThat(cases()).hasSizeGreaterThanOrEqualTo(60);
    }

    private static List<Path> cases() throws IOException {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    private static String claim(Path file) {
        return file.getFileName().toString().replace(".txt", "").replace('-', ' ');
    }

    private void check(Path file) throws IOException {
        Map<String, String> parts = parts(Files.readString(file));
        Path folder = Files.createDirectory(temporary.resolve(file.getFileName().toString()));
        String planned = null;
        for (Map.Entry<String, String> part : parts.entrySet()) {
            if (!EXPECTED.contains(part.getKey()) && !part.getKey().equals("environment")) {
                Path target = folder.resolve(part.getKey());
                Files.createDirectories(target.getParent());
                Files.writeString(target, part.getValue());
                planned = planned == null ? part.getKey() : planned;
            }
        }
        Map<String, String> found = found(folder, folder.resolve(String.valueOf(planned)), environment(parts));
        if (Boolean.getBoolean("sandflock.update")) {
            update(file, parts, found);
            return;
        }
        Map<String, String> expected = new LinkedHashMap<>(parts);
        expected.keySet().retainAll(EXPECTED);
        assertThat(found).isEqualTo(expected);
    }

    private static Map<String, String> parts(String text) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String part : text.split("(?m)^=== ")) {
            int end = part.indexOf('\n');
            if (!part.isBlank() && !part.startsWith("#")) {
                parts.put(part.substring(0, end), part.substring(end + 1));
            }
        }
        return parts;
    }

    private static Map<String, String> environment(Map<String, String> parts) {
        Map<String, String> environment = new LinkedHashMap<>();
        parts.getOrDefault("environment", "")
                .lines()
                .forEach(line -> environment.put(line.split("=", 2)[0], line.split("=", 2)[1]));
        return environment;
    }

    private static Map<String, String> found(Path folder, Path planned, Map<String, String> environment)
            throws IOException {
        CommandLineRun run = CommandLineRun.of(environment, "plan", planned.toString(), "--json");
        Map<String, String> found = new LinkedHashMap<>();
        if (run.exitCode() != ExitCode.DONE) {
            assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
            found.put("refused", anonymous(run.err(), folder));
            return found;
        }
        JsonNode json = JSON.readTree(run.out());
        if (json instanceof ObjectNode eval) {
            // Of the eval, not of its sandboxes.
            eval.remove("settings");
        }
        found.put("plan", anonymous(json(json) + "\n", folder));
        Optional<SandboxSpec> spec = SandboxFile.of(planned);
        if (spec.isPresent()) {
            SandboxPlan plan = new SandboxPlanner(PlannerSettings.defaults().withEnvironment(environment))
                    .planNow(spec.get(), Optional.empty());
            plan.project().ifPresent(project -> found.put("model", anonymous(json(project.model()) + "\n", folder)));
            Map<String, Object> values = new LinkedHashMap<>(plan.options().env());
            if (plan.base() instanceof Base.Build build) {
                build.build().args().forEach((name, value) -> values.put("arg " + name, value));
            }
            if (!values.isEmpty()) {
                found.put("values", anonymous(json(values) + "\n", folder));
            }
        }
        return found;
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String anonymous(String text, Path folder) {
        return text.replace(folder.toString(), "FOLDER")
                .replace(folder.getParent().toString(), "ABOVE");
    }

    private static void update(Path file, Map<String, String> parts, Map<String, String> found) throws IOException {
        StringBuilder text = new StringBuilder();
        parts.forEach((name, content) -> {
            if (!EXPECTED.contains(name)) {
                text.append("=== ").append(name).append('\n').append(content);
            }
        });
        found.forEach(
                (name, content) -> text.append("=== ").append(name).append('\n').append(content));
        Files.writeString(file, text);
    }
}
