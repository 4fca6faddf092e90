/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.Environment;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The hooks: what the claims need to know of a platform. After the class the list of claims is printed with what became of each. */
@ExtendWith(ClaimReport.class)
public interface EnvironmentUnderTest {

    /** How long any one operation may take before its claim fails. */
    // As long as it takes, within the limit of a test: an environment may be slow, and a machine busy.
    Duration PATIENCE = Duration.ofSeconds(150);

    /** Distinguishes the names that claims use in one environment. */
    AtomicLong NAMES = new AtomicLong();

    /** The environment. Its working directory belongs to the default user; {@code /tmp} can be written to. */
    Environment environment();

    /** The platform's name, for the report. */
    String platform();

    /** Whether commands without a user run as root, for whom permission bits mean nothing. */
    boolean defaultUserIsRoot();

    /** Whether commands can be run as {@code root}, and from there as anyone. */
    boolean rootIsReachable();

    /** Whether the machine is nobody else's, so that claims may add users to it, and nothing changes there but by them. */
    default boolean machineIsItsOwn() {
        return true;
    }

    /** Runs a command. */
    default ExecResult exec(ExecRequest request) {
        return Objects.requireNonNull(environment().exec(request).block(PATIENCE), "no result");
    }

    /** Runs a line in the sandbox's {@code sh}. */
    default ExecResult sh(String line) {
        return exec(ExecRequest.shell(line));
    }

    /** Runs a line that must succeed, and is its output. */
    default String out(String line) {
        ExecResult result = sh(line);
        if (!result.success()) {
            throw new AssertionError("exit code " + result.exitCode() + " of: " + line + "\n"
                    + result.stderr().text());
        }
        return result.stdout().text();
    }

    /** Writes a file. */
    default void write(String path, byte[] bytes) {
        environment().writeFile(path, FileContent.bytes(bytes)).block(PATIENCE);
    }

    /** Writes a text. */
    default void write(String path, String text) {
        environment().writeFile(path, FileContent.text(text)).block(PATIENCE);
    }

    /** Reads a file. */
    default byte[] read(String path) {
        return Objects.requireNonNull(environment().readFile(path).block(PATIENCE), "no content");
    }

    /** The operation fails as the POSIX call would, and names the path as it was given. */
    default void refuses(Mono<?> operation, Errno errno, String path) {
        assertThatThrownBy(() -> operation.block(PATIENCE))
                .as(path)
                .isInstanceOfSatisfying(FileException.class, error -> {
                    assertThat(error.errno()).as(path).isEqualTo(errno);
                    assertThat(error.path()).isEqualTo(path);
                    assertThat(error.getMessage()).contains(path);
                });
    }

    /** Reading fails as the POSIX call would. */
    default void refusesToRead(String path, Errno errno) {
        refuses(environment().readFile(path), errno, path);
    }

    /** Writing fails as the POSIX call would. */
    default void refusesToWrite(String path, Errno errno) {
        refuses(environment().writeFile(path, FileContent.text("new")), errno, path);
        refuses(environment().writeFile(path, FileContent.bytes(new byte[] {(byte) 0xff})), errno, path);
    }

    /** Pids of processes with this text among their arguments, one a line; the process that looks is not among them. */
    default String running(String mark) {
        String pattern = "[" + mark.charAt(0) + "]" + mark.substring(1).replace(".", "\\.");
        // Some greps see no further than the first NUL.
        return sh("for f in /proc/[0-9]*/cmdline; do tr '\\000' '\\n' < $f | grep -q '" + pattern
                        + "' && f=${f%/*} && echo ${f##*/}; done 2>/dev/null")
                .stdout()
                .text();
    }

    /** Whether {@link #running} becomes empty within the patience; what was killed in the background takes its time. */
    default boolean vanishes(String mark) {
        return Mono.fromCallable(() -> running(mark).isEmpty())
                .subscribeOn(Schedulers.boundedElastic())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(100)))
                .filter(gone -> gone)
                .next()
                .blockOptional(PATIENCE)
                .orElse(false);
    }

    /** Waits for a file to be there. */
    default void await(String path) {
        ExecResult found =
                exec(ExecRequest.builder(List.of("sh", "-c", "while [ ! -e \"$1\" ]; do sleep .05; done", "sh", path))
                        .timeout(Duration.ofSeconds(30))
                        .build());
        if (!found.success()) {
            throw new AssertionError(path + " did not appear");
        }
    }

    /** A name that no other claim uses. */
    default String fresh(String stem) {
        return stem + "-" + NAMES.incrementAndGet();
    }

    /** A number of seconds for {@code sleep} that no other process uses, at least this many. */
    default String seconds(int atLeast) {
        // Environments that see each other's processes may be tested by several programs at once.
        long program = 1_000_000 + ProcessHandle.current().pid() % 1_000_000;
        return atLeast + "." + program + (100_000 + NAMES.incrementAndGet() * 7);
    }

    /** Skips, as not applicable, where root ignores permission bits. */
    default void needsPermissionBits() {
        assumeTrue(!defaultUserIsRoot(), "the default user is root, whom permission bits do not stop");
    }

    /** Skips, as not applicable, where there is no second user. */
    default void needsRoot() {
        assumeTrue(rootIsReachable(), "the environment has a single user: root, and others, cannot be reached");
    }
}
