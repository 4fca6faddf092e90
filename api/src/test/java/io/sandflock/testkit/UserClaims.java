/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** Commands run as the user that was asked for, by name or number. */
public interface UserClaims extends EnvironmentUnderTest {

    /** A request of a user. */
    private static ExecRequest.Builder as(String user, String... argv) {
        return ExecRequest.builder(List.of(argv)).user(user);
    }

    private String outAs(String user, String... argv) {
        ExecResult result = exec(as(user, argv).build());
        assertThat(result.exitCode()).as(result.stderr().text()).isZero();
        return result.stdout().text();
    }

    /** {@code exec_as_user}. */
    @Test
    @InspectCheck(39)
    default void aUserThatRootAddsRunsCommands() {
        needsRoot();
        assumeTrue(machineIsItsOwn(), "the machine is somebody's: its accounts are not changed");
        String user = "inspect-ai-test-exec-as-user";
        String add = "if adduser --help 2>&1 | grep -q BusyBox; then adduser -D " + user
                + "; else adduser --comment self_check.py --disabled-password " + user + "; fi";
        ExecResult added =
                exec(as("root", "sh", "-c", add).timeout(Duration.ofSeconds(10)).build());
        assertThat(added.success()).as(added.stderr().text()).isTrue();
        assertThat(outAs("root", "whoami")).isEqualTo("root\n");
        assertThat(outAs(user, "whoami")).isEqualTo(user + "\n");
        assertThat(outAs(user, "sh", "-c", "echo $HOME")).isEqualTo("/home/" + user + "\n");
        assertThat(exec(as("root", "userdel", "-r", user).build()).success()).isTrue();
    }

    /** {@code exec_as_nonexistent_user}. */
    @Test
    @InspectCheck(40)
    default void anUnknownUserIsAFailedResultThatNamesIt() {
        ExecResult result = exec(as("nonexistent", "whoami").build());
        assertThat(result.success()).isFalse();
        assertThat(result.stderr().text()).contains("nonexistent");
        assertThat(result.stdout().bytes()).isEmpty();
    }

    @Test
    default void theDefaultUserMayBeNamed() {
        String name = out("id -un").strip();
        String number = out("id -u").strip();
        assertThat(outAs(name, "id", "-u").strip()).isEqualTo(number);
        assertThat(outAs(number, "id", "-u").strip()).isEqualTo(number);
    }

    @Test
    default void theDefaultUserIsRootIfTheHookSaysSo() {
        assertThat(out("id -u").strip().equals("0")).isEqualTo(defaultUserIsRoot());
    }

    @Test
    default void aUserMayBeANumber() {
        needsRoot();
        assertThat(outAs("0", "id", "-u")).isEqualTo("0\n");
        assertThat(outAs("65534", "id", "-un")).isEqualTo("nobody\n");
        // Without setpriv there is no way to a user that no account has; a failed result says so.
        ExecResult unlisted = exec(as("54321", "id", "-u").build());
        assertThat(
                        unlisted.success()
                                ? unlisted.stdout().text()
                                : unlisted.stderr().text())
                .contains("54321");
    }

    @Test
    default void aUserHasItsOwnHomeAndName() {
        needsRoot();
        assertThat(outAs("root", "sh", "-c", "echo $HOME $USER $LOGNAME")).isEqualTo("/root root root\n");
    }

    @Test
    default void aUserHasItsOwnRightsOnly() {
        needsRoot();
        assertThat(outAs("root", "sh", "-c", "id -G | grep -w 0")).isNotEmpty();
        assertThat(exec(as("nobody", "sh", "-c", "echo x > /etc/owned").build()).success())
                .isFalse();
        assertThat(outAs("nobody", "id", "-G").strip()).doesNotContain(" 0").isNotEqualTo("0");
    }

    @Test
    default void variablesAndInputReachTheUser() {
        needsRoot();
        for (String user : List.of("root", "nobody")) {
            ExecRequest request = as(user, "sh", "-c", "printf '%s|' \"$V\" \"$1\"; cat", "sh", "it's $HOME\n")
                    .env("V", "a \"b\"\n'c'")
                    .env("LD_LIBRARY_PATH", "/x")
                    .stdin("in\0put".getBytes(StandardCharsets.UTF_8))
                    .cwd("/")
                    .build();
            assertThat(exec(request).stdout().text()).isEqualTo("a \"b\"\n'c'|it's $HOME\n|in\0put");
        }
    }

    @Test
    default void endingsAreTheUsersCommands() {
        needsRoot();
        for (String user : List.of("root", "nobody")) {
            assertThat(exec(as(user, "sh", "-c", "exit 77").cwd("/").build()).exitCode())
                    .isEqualTo(77);
            assertThat(exec(as(user, "sh", "-c", "kill -KILL $$").cwd("/").build())
                            .exitCode())
                    .isEqualTo(137);
            assertThat(exec(as(user, "no-such-program")
                                    .cwd("/")
                                    .env("PATH", "/usr/bin:/bin")
                                    .build())
                            .exitCode())
                    .isEqualTo(127);
            Assertions.assertThatThrownBy(
                            () -> exec(as(user, "/etc/passwd").cwd("/").build()))
                    .isInstanceOf(FileException.class);
        }
    }

    @Test
    default void anotherUsersCommandIsKilledAtItsTimeout() {
        needsRoot();
        for (String user : List.of("root", "nobody")) {
            String mark = seconds(63);
            ExecRequest request = as(user, "sh", "-c", "echo part; setsid sleep " + mark + " & sleep " + mark)
                    .cwd("/")
                    .timeout(Duration.ofMillis(800))
                    .build();
            Assertions.assertThatThrownBy(() -> exec(request))
                    .isInstanceOfSatisfying(
                            CommandTimeoutException.class,
                            error -> assertThat(error.partial().stdout().text()).isEqualTo("part\n"));
            assertThat(running(mark)).isEmpty();
        }
    }

    @Test
    default void filesOfOtherUsersKeepTheirOwner() {
        needsRoot();
        needsPermissionBits();
        String path = "/tmp/" + fresh("roots");
        outAs("root", "sh", "-c", "echo secret > " + path + "; chmod 600 " + path);
        refusesToRead(path, FileException.Errno.EACCES);
        refusesToWrite(path, FileException.Errno.EACCES);
        outAs("root", "rm", path);
    }

    @Test
    default void noOtherUserReadsWhatACommandWasGiven() {
        needsRoot();
        String ready = fresh("given");
        String secret = "top-secret-" + fresh("s");
        ExecRequest request = ExecRequest.builder(List.of(
                        "sh", "-c", "echo > " + ready + "; while [ ! -e " + ready + ".go ]; do sleep .05; done; cat"))
                .env("SECRET", secret)
                .stdin((secret + "x".repeat(3 << 20)).getBytes(StandardCharsets.UTF_8))
                .build();
        Disposable running = environment().exec(request).subscribe();
        await(ready);
        // The pattern does not match itself; and a pipe that is looked into is waited for.
        String pattern = "[t]" + secret.substring(1);
        String look = "find /tmp /var/tmp /dev/shm -type f -exec grep -ls '" + pattern + "' {} + 2>/dev/null;"
                + " grep -ls '" + pattern + "' /proc/[0-9]*/environ";
        ExecRequest looking = as("nobody", "sh", "-c", look).cwd("/").build();
        assertThat(exec(looking).stdout().text()).isEmpty();
        out("touch " + ready + ".go");
        running.dispose();
    }
}
