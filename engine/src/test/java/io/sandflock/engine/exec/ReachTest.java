/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileException;
import io.sandflock.PermanentException;
import io.sandflock.engine.exec.ShellToolbox.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Commands that are carried elsewhere, by a stand-in for {@code docker exec} that has its worst properties: what it starts is a child of
 * its daemon, and goes on when the carrier is killed.
 */
@Timeout(60)
class ReachTest {

    private final Queue<Fault> faults = new ArrayDeque<>();
    private final Bench bench = new Bench(() -> faults.isEmpty() ? Fault.NONE : faults.remove(), Bench.hasty());
    private final Path place = ShellToolbox.temporaryFolder();
    private final Path socket = place.resolve("socket");
    private Process daemon;

    @BeforeEach
    void theDaemonIsUp() throws IOException {
        assumeTrue(Files.exists(Path.of("/usr/bin/python3")), "python3 is not installed");
        Path script = place.resolve("carrier.py");
        try (InputStream resource = ReachTest.class.getResourceAsStream("carrier.py")) {
            Files.copy(resource, script);
        }
        daemon = new ProcessBuilder("python3", script.toString(), "daemon", socket.toString()).start();
        assertThat(daemon.getInputStream().read()).isEqualTo('u');
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(bench.toolbox.texts.isEmpty() ? List.of() : StateDirectories.of(bench.toolbox))
                .isEmpty();
        daemon.getOutputStream().close();
        daemon.waitFor();
    }

    private Commands there() {
        return bench.environment.commands().through((request, variables) -> words(place.toString(), variables));
    }

    private List<String> words(String where, List<String> variables) {
        List<String> words =
                new ArrayList<>(List.of("python3", place.resolve("carrier.py").toString(), "exec", socket.toString()));
        variables.forEach(variable -> words.addAll(List.of("-e", variable)));
        words.add(where);
        return words;
    }

    private ExecResult sh(String line) {
        return there().exec(ExecRequest.shell(line)).block(Bench.PATIENCE);
    }

    @Test
    void aCommandRunsThereWithItsStreamsApart() {
        ExecResult result = sh("echo $INSIDE; pwd; printf 'a\\000b\\377'; printf 'err' >&2; exit 7");
        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.stdout().bytes())
                .isEqualTo(("yes\n" + place + "\na\0b\u00ff").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(result.stderr().text()).as("without what the carrier says").isEqualTo("err");
    }

    @Test
    void inputVariablesAndDirectoryReachIt() {
        byte[] input = "in\0put\n".getBytes(StandardCharsets.UTF_8);
        ExecRequest request = ExecRequest.builder(
                        List.of("sh", "-c", "cat; pwd; printf '%s|' \"$PATH\" \"$V\"; env | grep SANDFLOCK_VAR; cat"))
                .stdin(input)
                .env("V", "two\nlines 'quoted'")
                .env("PATH", "/usr/bin:/bin:/mine")
                .cwd("/")
                .build();
        ExecResult result = there().exec(request).block(Bench.PATIENCE);
        assertThat(result.stdout().text()).isEqualTo("in\0put\n/\n/usr/bin:/bin:/mine|two\nlines 'quoted'|");
    }

    @Test
    void aLargeCommandIsCarried() {
        List<String> argv = new ArrayList<>(List.of("sh", "-c", "wc -c; echo ${#1}", "sh", "x".repeat(90_000)));
        ExecRequest request = ExecRequest.builder(argv).stdin(new byte[2 << 20]).build();
        assertThat(there().exec(request).block(Bench.PATIENCE).stdout().text().replace(" ", ""))
                .isEqualTo("2097152\n90000\n");
    }

    @Test
    void whatCannotStartThereIsToldAsEverywhere() {
        assertThat(there().exec(ExecRequest.of("no-such-program"))
                        .block(Bench.PATIENCE)
                        .exitCode())
                .isEqualTo(127);
        ExecRequest nowhere =
                ExecRequest.builder(List.of("true")).cwd("/no/such").build();
        assertThatThrownBy(() -> there().exec(nowhere).block(Bench.PATIENCE)).isInstanceOf(FileException.class);
        assertThatThrownBy(() -> there().exec(ExecRequest.of("/etc/passwd")).block(Bench.PATIENCE))
                .isInstanceOf(FileException.class);
        assertThat(sh("echo 'error: mine' >&2; exit 1").stderr().text()).isEqualTo("error: mine\n");
    }

    @Test
    void aPlaceThatIsNotThereIsToldApartFromAFailingCommand() {
        Commands lost =
                bench.environment.commands().through((request, variables) -> words("/no/such/place", variables));
        assertThatThrownBy(() -> lost.exec(ExecRequest.of("true")).block(Bench.PATIENCE))
                .isInstanceOfSatisfying(PermanentException.class, error -> {
                    assertThat(error.code()).isEqualTo(ErrorCode.EXEC_FAILED);
                    assertThat(error).hasMessageContaining("/no/such/place").hasMessageContaining("exit code 1");
                });
    }

    @Test
    void aTimeoutReachesWhatRunsThere() {
        ExecRequest request = ExecRequest.builder(List.of(
                        "sh", "-c", "trap 'echo tidied; exit 3' TERM; echo $$; setsid sleep 300 & sleep 300 & wait"))
                .timeout(Duration.ofSeconds(1))
                .build();
        assertThatThrownBy(() -> there().exec(request).block(Bench.PATIENCE))
                .isInstanceOfSatisfying(CommandTimeoutException.class, error -> {
                    String[] lines = error.partial().stdout().text().split("\n");
                    assertThat(lines).hasSize(2);
                    assertThat(lines[1]).isEqualTo("tidied");
                    assertThat(lines[0]).matches("[0-9]+");
                });
        assertThat(markedProcesses()).isEmpty();
    }

    @Test
    void aCancelKillsWhatIgnoresTerminationThere() {
        bench.fifo("up");
        Disposable running = there().exec(ExecRequest.shell(
                        "trap '' TERM; echo $$ > " + bench.workDir.resolve("up") + "; while :; do sleep 300; done"))
                .subscribe();
        String pid = bench.hear("up").block(Bench.PATIENCE).strip();
        assertThat(markedProcesses()).contains(pid);
        running.dispose();
        bench.environment.awaitKills().block(Bench.PATIENCE);
        assertThat(markedProcesses()).isEmpty();
    }

    /** Cancelled at every moment of the way there: either it ran and is dead, or it never ran. */
    @Test
    void aCancelOnTheWayLeavesNothing() {
        for (int millis = 0; millis < 200; millis += 20) {
            Disposable running = there().exec(ExecRequest.shell("sleep 300")).subscribe();
            Flux.just(1).delayElements(Duration.ofMillis(millis)).blockLast();
            running.dispose();
        }
        bench.environment.awaitKills().block(Bench.PATIENCE);
        assertThat(markedProcesses()).isEmpty();
    }

    @Test
    void everyFaultLeavesOneRunThere() {
        for (Fault fault : Fault.values()) {
            faults.addAll(List.of(fault, Fault.NONE, fault));
            ExecResult result = sh("echo line >> log; echo out; exit 7");
            assertThat(result.exitCode()).as("%s", fault).isEqualTo(7);
            assertThat(place.resolve("log")).as("%s", fault).hasContent("line");
            assertThat(place.resolve("log").toFile().delete()).isTrue();
            faults.clear();
        }
    }

    /** Processes of executions of this environment; one that is dead has no variables any more, whoever has to bury it. */
    private List<String> markedProcesses() {
        String prefix = bench.toolbox.texts.get(0).replaceAll("(?s).*sandflock-([a-z0-9]+)-[0-9]+'.*", "$1");
        List<String> marked = new ArrayList<>();
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (environment(process).contains("SANDFLOCK_EXEC=" + prefix)) {
                    marked.add(process.getFileName().toString());
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return marked;
    }

    private static String environment(Path process) {
        try {
            return Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }
}
