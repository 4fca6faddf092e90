/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.ExecRequest;
import io.sandflock.engine.exec.ShellToolbox.Fault;
import io.sandflock.engine.frame.ProgramText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a sandbox exports reaches a command as it was, though the programs before it are shell programs with variables. */
@Timeout(60)
class SandboxVariablesTest {

    private static final Pattern ASSIGNED = Pattern.compile("(?:^|[\\s;&(']|case )([A-Za-z_][A-Za-z0-9_]*)=");
    private static final Pattern READ = Pattern.compile("\\bread -r ([A-Za-z_ ]+)");
    private static final Pattern LOOPED = Pattern.compile("\\bfor ([A-Za-z_]+) in\\b");
    /** Words of dd, variables of the programs' own kind, and the separator of a single read. */
    private static final Set<String> NO_NAMES = Set.of("bs", "count", "IFS", "SANDFLOCK_EXEC");

    private final Set<String> names = programNames();
    private final Map<String, String> exported = exported();
    private final ShellToolbox toolbox =
            new ShellToolbox(List.of("/bin/sh"), ShellToolbox.temporaryFolder(), exported, () -> Fault.NONE);
    private final ToolboxEnvironment environment = ToolboxEnvironment.create(
            "default", "sb-1", toolbox, new ScriptedSandboxes(), ExecSettings.DEFAULT, new Random());

    @AfterEach
    void nothingIsLeft() {
        environment.closeLater().block(Bench.PATIENCE);
        assertThat(toolbox.texts.isEmpty() ? List.of() : StateDirectories.of(toolbox))
                .isEmpty();
    }

    @Test
    void everyVariableOfTheProgramsBeginsWithAnUnderscore() {
        assertThat(names).hasSizeGreaterThan(80).allMatch(name -> name.startsWith("_"));
    }

    @Test
    void theyReachACommand() {
        assertThat(seenBy(ExecRequest.of("env"))).containsAllEntriesOf(exported);
    }

    @Test
    void theyReachACommandWithATimeoutInADirectoryWithInput() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "cat; env"))
                .timeout(Duration.ofSeconds(50))
                .cwd("/")
                .stdin("in=put\n".getBytes(StandardCharsets.UTF_8))
                .build();
        assertThat(seenBy(request)).containsAllEntriesOf(exported).containsEntry("in", "put");
    }

    @Test
    void theyReachACommandWhoseArgumentsAreUploaded() {
        ExecRequest request = ExecRequest.of("sh", "-c", "env", "x".repeat(ProgramText.INLINE_LIMIT));
        assertThat(seenBy(request)).containsAllEntriesOf(exported);
    }

    @Test
    void theyReachACommandOfAnotherUser() {
        assumeTrue(ShellToolbox.isRoot(), "only root can switch users");
        ExecRequest request = ExecRequest.builder(List.of("env")).user("nobody").build();
        assertThat(seenBy(request)).containsAllEntriesOf(exported).containsEntry("USER", "nobody");
    }

    @Test
    void aCommandsOwnVariablesWin() {
        Map<String, String> own = new TreeMap<>(exported);
        own.replaceAll((name, value) -> "the command's own " + name);
        ExecRequest.Builder request = ExecRequest.builder(List.of("env"));
        own.forEach(request::env);
        assertThat(seenBy(request.build())).containsAllEntriesOf(own);
    }

    private Map<String, String> seenBy(ExecRequest request) {
        Map<String, String> seen = new TreeMap<>();
        Objects.requireNonNull(environment.exec(request).block(Bench.PATIENCE))
                .stdout()
                .text()
                .lines()
                .forEach(line -> seen.put(line.replaceFirst("=.*", ""), line.replaceFirst("[^=]*=?", "")));
        return seen;
    }

    /** What a sandbox may well call its variables: the programs' words without their mark. */
    private Map<String, String> exported() {
        Map<String, String> variables = new TreeMap<>();
        names.forEach(name -> variables.put(name.replaceFirst("^_", ""), "the sandbox's " + name));
        List.of("name", "out", "user", "line", "timer", "groups").forEach(name -> variables.put(name, "kept " + name));
        return variables;
    }

    private static Set<String> programNames() {
        Set<String> found = new TreeSet<>();
        for (String line : programLines()) {
            ASSIGNED.matcher(line).results().map(match -> match.group(1)).forEach(found::add);
            LOOPED.matcher(line).results().map(match -> match.group(1)).forEach(found::add);
            READ.matcher(line).results().flatMap(SandboxVariablesTest::words).forEach(found::add);
        }
        found.removeAll(NO_NAMES);
        found.remove("_");
        return found;
    }

    private static Stream<String> words(MatchResult match) {
        return Arrays.stream(match.group(1).strip().split(" +"));
    }

    /** Of every program that lies beside {@link ProgramText}. */
    private static List<String> programLines() {
        try (Stream<Path> programs =
                Files.walk(Path.of(Objects.requireNonNull(ProgramText.class.getResource("stage.sh"))
                                .toURI())
                        .getParent())) {
            List<String> lines = new ArrayList<>();
            for (Path program :
                    programs.filter(path -> path.toString().endsWith(".sh")).toList()) {
                Files.readAllLines(program).stream()
                        .map(String::strip)
                        .filter(line -> !line.startsWith("#"))
                        .forEach(lines::add);
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
