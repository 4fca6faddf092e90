/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sandflock exec -it}, the program in a JVM of its own on a pseudo-terminal that Python drives. */
@Timeout(150)
class TerminalTest {

    @TempDir
    Path folder;

    @Test
    void aCommandHasATerminalOfThisOnesSizeAndItsExitCodeIsPassedOn() throws Exception {
        String shown = drive("91x37", "", "exec", "-it", "--", "sh", "-c", "tty; stty size; exit 7");
        assertThat(shown).contains("/dev/pts/").contains("37 91").endsWith("exit 7, settings restored\n");
    }

    @Test
    void nothingIsShownOfHowTheCommandIsBegun() throws Exception {
        String shown = drive("80x24", "", "exec", "-it", "--", "printf", "it's %s", "\"here\"");
        assertThat(shown.lines()
                        .filter(line -> !line.isEmpty()
                                && !line.startsWith("platform:")
                                && !line.startsWith("isolation:")
                                // The JVM's own, without the options that the program is given elsewhere.
                                && !line.startsWith("WARNING:")))
                .containsExactly("it's \"here\"", "exit 0, settings restored");
    }

    @Test
    void keysArePassedOnAsTheyArePressedAndCtrlCInterruptsTheCommandAlone() throws Exception {
        String steps = """
                wait ready
                type hello\\n
                wait got=hello
                type \\x03
                wait interrupted
                type bye\\n
                """;
        String program =
                "trap 'echo interrupted' INT; echo ready; read a; echo got=$a; while ! read b; do :; done; exit 9";
        String shown = drive("80x24", steps, "exec", "-it", "--", "sh", "-c", program);
        assertThat(shown).contains("^C").endsWith("exit 9, settings restored\n");
    }

    @Test
    void anotherSizeReachesTheCommand() throws Exception {
        String steps = """
                wait ready
                size 123x45
                wait 45 123
                """;
        String program =
                "trap 'stty size' WINCH; echo ready; for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & wait $!; done; exit 3";
        assertThat(drive("80x24", steps, "exec", "-it", "--", "sh", "-c", program))
                .endsWith("exit 3, settings restored\n");
    }

    @Test
    void withoutACommandThereIsALoginShell() throws Exception {
        String steps = """
                wait $
                type echo $((6 * 7)) $TERM\\n
                wait 42 xterm-256color
                type exit 5\\n
                """;
        assertThat(drive("80x24", steps, "exec", "-it")).endsWith("exit 5, settings restored\n");
    }

    @Test
    void theTerminalIsRestoredWhenTheProgramIsTerminated() throws Exception {
        String steps = """
                wait ready
                signal TERM
                """;
        String shown = drive("80x24", steps, "exec", "-it", "--", "sh", "-c", "echo ready; sleep 60");
        assertThat(shown)
                .contains("stopping: ending the command and deleting its sandbox (again to leave at once)")
                .doesNotContain("Exception", "\tat ", " WARN ", " ERROR ")
                .endsWith("exit 143, settings restored\n");
    }

    @Test
    void withoutATerminalTheOptionIsRefused() {
        CommandLineRun run = CommandLineRun.of("exec", "-t", "--local", "simulated", "--", "true");
        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("standard input is no terminal");
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        for (List<String> args : List.of(
                List.of("exec"),
                List.of("exec", "--ssh"),
                List.of("exec", "-t", "--user", "root", "--", "sh"),
                List.of("exec", "--sandbox", "some", "--image", "debian", "--", "sh"))) {
            CommandLineRun run = CommandLineRun.of(args.toArray(String[]::new));
            assertThat(run.exitCode()).as("%s: %s", args, run.err()).isEqualTo(ExitCode.BAD_INPUT);
        }
    }

    private String drive(String size, String steps, String... args) throws Exception {
        String code = text();
        List<String> command = new ArrayList<>(List.of("python3", "-c", code, size, steps, "--"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("DAYTONA_") || name.startsWith("SANDFLOCK_"));
        builder.environment().put("XDG_STATE_HOME", folder.toString());
        Process process = start(builder);
        process.getOutputStream().close();
        String shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
        assertThat(process.waitFor()).as(shown).isZero();
        return shown;
    }

    private static Process start(ProcessBuilder builder) throws IOException {
        try {
            return builder.start();
        } catch (IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail("python3 is missing");
            }
            abort("python3 is not installed");
            throw e;
        }
    }

    private static String text() throws Exception {
        return Files.readString(
                Path.of(TerminalTest.class.getResource("terminal.py").toURI()));
    }
}
