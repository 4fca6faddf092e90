/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.CommandTimeoutException;
import io.sandflock.Environment;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.LimitExceededException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every environment does, whatever it runs on. The environment's working directory is empty and its own. */
interface EnvironmentContract {

    Duration PATIENCE = Duration.ofSeconds(60);

    Environment environment();

    default ExecResult exec(ExecRequest request) {
        return environment().exec(request).block(PATIENCE);
    }

    default ExecResult sh(String line) {
        return exec(ExecRequest.shell(line));
    }

    @Test
    default void bothStreamsAreApartAndByteForByte() {
        ExecResult result = sh("printf 'out\\n\\n'; printf 'err\\n' >&2; printf '\\377\\000\\001'; exit 70");
        assertThat(result.exitCode()).isEqualTo(70);
        assertThat(result.stdout().bytes()).containsExactly('o', 'u', 't', '\n', '\n', 0xff, 0, 1);
        assertThat(result.stderr().text()).isEqualTo("err\n");
    }

    @Test
    default void everyByteValueComesBack() {
        ExecResult result = sh("i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done");
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
        }
        assertThat(result.stdout().bytes()).isEqualTo(all);
    }

    @Test
    default void argumentsAreNeverRead() {
        List<String> hard = List.of(
                "",
                " ",
                "a b",
                "it's",
                "''",
                "\"",
                "$HOME",
                "`id`",
                "$(id)",
                "\\",
                "\\n",
                "a\nb",
                "\n",
                "*",
                "~",
                "é😀",
                "-n",
                "--",
                "\t",
                "#x",
                "!!",
                "%s",
                "\r\n",
                "\u0001\u007f");
        for (String argument : hard) {
            ExecResult result = exec(ExecRequest.of("printf", "%s|", argument, "end"));
            assertThat(result.stdout().text()).as(argument).isEqualTo(argument + "|end|");
        }
    }

    @Test
    default void sixteenArgumentsOf64KibComeThrough() {
        String[] argv = new String[18];
        Arrays.fill(argv, "x'".repeat(32 << 10));
        argv[0] = "printf";
        argv[1] = "%s";
        ExecResult result = exec(ExecRequest.of(argv));
        assertThat(result.success()).isTrue();
        assertThat(result.stdout().size()).isEqualTo(16L << 16);
    }

    @Test
    default void exitCodesAndSignalsAreTold() {
        for (int code : new int[] {0, 1, 2, 70, 125, 126, 127, 128, 137, 255}) {
            assertThat(sh("exit " + code).exitCode()).isEqualTo(code);
        }
        assertThat(sh("kill -TERM $$").exitCode()).isEqualTo(143);
        assertThat(sh("kill -INT $$").exitCode()).isEqualTo(130);
        ExecResult killed = sh("kill -KILL $$");
        assertThat(killed.exitCode()).isEqualTo(137);
        assertThat(killed.stderr().bytes()).isEmpty();
    }

    @Test
    default void aSignalIsNotATimeout() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "kill -KILL $$"))
                .timeout(Duration.ofSeconds(30))
                .build();
        assertThat(exec(request).exitCode()).isEqualTo(137);
    }

    @Test
    default void aProgramThatIsNotThereIsAFailedResult() {
        ExecResult result = exec(ExecRequest.of("no-such-program-1", "x"));
        assertThat(result.exitCode()).isEqualTo(127);
        assertThat(result.stderr().text()).contains("no-such-program-1");
    }

    @Test
    default void aFileThatCannotBeExecutedIsAnErrorOfItsOwn() {
        assertThatThrownBy(() -> exec(ExecRequest.of("/etc/passwd")))
                .isInstanceOfSatisfying(FileException.class, error -> {
                    assertThat(error.errno()).isEqualTo(Errno.EACCES);
                    assertThat(error.path()).isEqualTo("/etc/passwd");
                });
    }

    @Test
    default void standardInputThatIsNotGivenIsAtItsEnd() {
        assertThat(exec(ExecRequest.of("cat")).stdout().bytes()).isEmpty();
        assertThat(exec(input(new byte[0], "cat")).stdout().bytes()).isEmpty();
    }

    @Test
    default void standardInputComesByteForByte() {
        byte[] bytes = {(byte) 0xc3, 0x28, 0, (byte) 0xff, 1, 2, '\n', '\'', '$', '\n'};
        assertThat(exec(input(bytes, "cat")).stdout().bytes()).isEqualTo(bytes);
        assertThat(exec(input(bytes, "true")).exitCode()).isZero();
    }

    @Test
    default void fiftyMebibytesOfInputComeThrough() {
        ExecResult result = exec(input(new byte[50 << 20], "wc", "-c"));
        assertThat(result.stdout().text().strip()).isEqualTo("52428800");
    }

    @Test
    default void variablesAreSetAsGiven() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "echo \"$ONE\"; echo \"$TWO\""))
                .env("ONE", "chonko zamboodle")
                .env("TWO", "it's \"quoted\"\nin two lines")
                .build();
        assertThat(exec(request).stdout().text()).isEqualTo("chonko zamboodle\nit's \"quoted\"\nin two lines\n");
    }

    @Test
    default void theWorkingDirectoryMayBeRelative() {
        assertThat(sh("mkdir 'sub dir'; echo x > 'sub dir/file'").success()).isTrue();
        assertThat(exec(in("sub dir", "ls")).stdout().text()).isEqualTo("file\n");
        assertThat(exec(in("/usr/bin", "pwd")).stdout().text()).isEqualTo("/usr/bin\n");
    }

    @Test
    default void aWorkingDirectoryThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> exec(in("/no/such dir", "true")))
                .isInstanceOfSatisfying(FileException.class, error -> {
                    assertThat(error.errno()).isEqualTo(Errno.ENOENT);
                    assertThat(error.path()).isEqualTo("/no/such dir");
                });
        assertThatThrownBy(() -> exec(in("/etc/passwd", "true")))
                .isInstanceOfSatisfying(
                        FileException.class, error -> assertThat(error.errno()).isEqualTo(Errno.ENOTDIR));
    }

    @Test
    default void anUnknownUserIsAFailedResultThatNamesIt() {
        ExecResult result = exec(as("nonexistent", "whoami"));
        assertThat(result.success()).isFalse();
        assertThat(result.stderr().text()).contains("nonexistent");
    }

    @Test
    default void aTimeoutKeepsTheOutputSoFar() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "echo part; echo late >&2; sleep 60"))
                .timeout(Duration.ofMillis(500))
                .build();
        assertThatThrownBy(() -> exec(request)).isInstanceOfSatisfying(CommandTimeoutException.class, error -> {
            assertThat(error.partial().stdout().text()).isEqualTo("part\n");
            assertThat(error.partial().stderr().text()).isEqualTo("late\n");
            assertThat(error.partial().exitCode()).isIn(137, 143);
            assertThat(error.timeout()).isEqualTo(Duration.ofMillis(500));
        });
    }

    @Test
    default void aTimeoutKillsTheWholeTree() {
        String mark = "60." + Math.floorMod(System.nanoTime(), 1_000_000);
        String line = "sleep " + mark + " & setsid sleep " + mark + " & (setsid sleep " + mark + " &); sleep " + mark;
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", line))
                .timeout(Duration.ofMillis(500))
                .build();
        assertThatThrownBy(() -> exec(request)).isInstanceOf(CommandTimeoutException.class);
        assertThat(running(mark)).isEmpty();
    }

    @Test
    default void aTimeoutKillsWhatIgnoresTermination() {
        String mark = "61." + Math.floorMod(System.nanoTime(), 1_000_000);
        ExecRequest request = ExecRequest.builder(
                        List.of("sh", "-c", "trap '' TERM; sleep " + mark + " & while :; do sleep " + mark + "; done"))
                .timeout(Duration.ofMillis(300))
                .build();
        assertThatThrownBy(() -> exec(request)).isInstanceOf(CommandTimeoutException.class);
        assertThat(running(mark)).isEmpty();
    }

    @Test
    default void aBackgroundChildThatHoldsTheOutputDoesNotHangTheResult() {
        String mark = "62." + Math.floorMod(System.nanoTime(), 1_000_000);
        ExecResult result = sh("echo out; echo err >&2; sleep " + mark + " & exit 5");
        assertThat(result.exitCode()).isEqualTo(5);
        assertThat(result.stdout().text()).isEqualTo("out\n");
        assertThat(result.stderr().text()).isEqualTo("err\n");
        assertThat(running(mark)).isNotEmpty();
        sh("kill " + running(mark).strip().replace('\n', ' '));
    }

    @Test
    default void aCommandMayOpenItsStreamsAnew() {
        ExecResult result = sh("echo 1 >&2; echo 2 > /dev/stderr; echo 3 >&2; echo a; echo b > /dev/stdout; echo c");
        assertThat(result.stderr().text()).isEqualTo("1\n2\n3\n");
        assertThat(result.stdout().text()).isEqualTo("a\nb\nc\n");
    }

    @Test
    default void theNewestPartOfTheOutputIsKept() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "seq 1 400000; echo end >&2"))
                .outputLimit(1000)
                .build();
        ExecResult result = exec(request);
        assertThat(result.stdout().bytes()).hasSize(1000);
        assertThat(result.stdout().truncated()).isTrue();
        assertThat(result.stdout().text()).endsWith("399999\n400000\n");
        assertThat(result.stdout().size()).isEqualTo(2688895);
        assertThat(result.stderr().truncated()).isFalse();
    }

    @Test
    default void tenMebibytesAreKeptAndTheTrueSizeIsKnown() {
        ExecResult result = sh("head -c 12582912 /dev/zero; head -c 3000000 /dev/zero >&2");
        assertThat(result.stdout().bytes()).hasSize(10 << 20);
        assertThat(result.stdout().size()).isEqualTo(12 << 20);
        assertThat(result.stderr().bytes()).hasSize(3_000_000);
    }

    @Test
    default void filesAreWrittenAndReadByteForByte() {
        byte[] bytes = {(byte) 0xc3, 0x28, 0, '\n'};
        Environment environment = environment();
        for (String path : List.of("file", "dir/sub/with space.bin", "50%25", "é", "-rf")) {
            environment.writeFile(path, FileContent.bytes(bytes)).block(PATIENCE);
            assertThat(environment.readFile(path).block(PATIENCE)).as(path).isEqualTo(bytes);
        }
        environment
                .writeFiles(Map.of("a", FileContent.text("1"), "b", FileContent.text("")))
                .block(PATIENCE);
        assertThat(sh("cat a b file | wc -c").stdout().text().strip()).isEqualTo("5");
    }

    @Test
    default void fileErrorsArePosixAndNameTheCallersPath() {
        sh("mkfifo pipe; echo > plain");
        refusesToRead("nonexistent", Errno.ENOENT);
        refusesToRead("/etc", Errno.EISDIR);
        refusesToRead("pipe", Errno.EINVAL);
        refusesToRead("/dev/zero", Errno.EINVAL);
        refusesToRead("https:/en.wikipedia.org/wiki/Bart%C5%82omiej", Errno.ENOENT);
    }

    @Test
    default void aFileOverTheLimitIsRefused() {
        sh("head -c 2048 /dev/zero > big");
        assertThatThrownBy(() -> environment().readFile("big", 1024).block(PATIENCE))
                .isInstanceOfSatisfying(LimitExceededException.class, error -> {
                    assertThat(error.limit()).isEqualTo(1024);
                    assertThat(error.size()).isEqualTo(2048);
                });
    }

    private void refusesToRead(String path, Errno errno) {
        assertThatThrownBy(() -> environment().readFile(path).block(PATIENCE))
                .isInstanceOfSatisfying(FileException.class, error -> {
                    assertThat(error.errno()).as(path).isEqualTo(errno);
                    assertThat(error.path()).isEqualTo(path);
                });
    }

    /** Pids of processes with this text among their arguments. */
    private String running(String mark) {
        // The pattern does not match itself.
        String pattern = "[" + mark.charAt(0) + "]" + mark.substring(1).replace(".", "\\.");
        return sh("grep -ls '" + pattern + "' /proc/[0-9]*/cmdline | sed 's,/proc/,,;s,/cmdline,,'")
                .stdout()
                .text();
    }

    static ExecRequest input(byte[] bytes, String... argv) {
        return ExecRequest.builder(List.of(argv)).stdin(bytes).build();
    }

    static ExecRequest in(String cwd, String... argv) {
        return ExecRequest.builder(List.of(argv)).cwd(cwd).build();
    }

    static ExecRequest as(String user, String... argv) {
        return ExecRequest.builder(List.of(argv)).user(user).build();
    }
}
