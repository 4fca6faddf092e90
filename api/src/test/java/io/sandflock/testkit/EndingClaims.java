/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a command ended is told as it was. */
public interface EndingClaims extends EnvironmentUnderTest {

    /** {@code exec_returncode}. */
    @Test
    @InspectCheck(27)
    default void theExitCodeIsTold() {
        ExecResult result = sh("exit 70");
        assertThat(result.exitCode()).isEqualTo(70);
        assertThat(result.success()).isFalse();
    }

    /** {@code exec_timeout_not_raised_on_fast_signal_death}. */
    @Test
    @InspectCheck(29)
    default void aSignalIsNotATimeout() {
        ExecRequest.Builder request =
                ExecRequest.builder(List.of("sh", "-c", "kill -TERM $$")).timeout(Duration.ofSeconds(30));
        assertThat(exec(request.build()).exitCode()).isEqualTo(143);
        ExecRequest.Builder killed =
                ExecRequest.builder(List.of("sh", "-c", "kill -KILL $$")).timeout(Duration.ofSeconds(30));
        assertThat(exec(killed.build()).exitCode()).isEqualTo(137);
    }

    /** {@code exec_permission_error}. */
    @Test
    @InspectCheck(32)
    default void aFileThatIsNotExecutableIsAnErrorOfItsOwn() {
        assertThatThrownBy(() -> exec(ExecRequest.of("/etc/passwd")))
                .isInstanceOfSatisfying(FileException.class, error -> {
                    assertThat(error.errno()).isEqualTo(Errno.EACCES);
                    assertThat(error.path()).isEqualTo("/etc/passwd");
                });
    }

    @Test
    default void aDirectoryIsNotExecuted() {
        assertThatThrownBy(() -> exec(ExecRequest.of("/etc")))
                .isInstanceOfSatisfying(
                        FileException.class, error -> assertThat(error.errno()).isEqualTo(Errno.EACCES));
    }

    @Test
    default void aCommandsOwn126IsAResult() {
        ExecResult result = sh("echo 'sh: Permission denied' >&2; exit 126");
        assertThat(result.exitCode()).isEqualTo(126);
        assertThat(result.stderr().text()).isEqualTo("sh: Permission denied\n");
        assertThat(sh("/etc/passwd").exitCode()).isEqualTo(126);
    }

    @Test
    default void aProgramThatIsNotThereIsAFailedResult() {
        ExecResult result = exec(ExecRequest.of("no-such-program-1", "x"));
        assertThat(result.exitCode()).isEqualTo(127);
        assertThat(result.stdout().bytes()).isEmpty();
        assertThat(result.stderr().text()).contains("no-such-program-1");
        assertThat(exec(ExecRequest.of("/no/such/program")).exitCode()).isEqualTo(127);
        assertThat(exec(ExecRequest.of("./no-such-program")).exitCode()).isEqualTo(127);
    }

    @Test
    default void aCommandsOwn127IsAResult() {
        ExecResult result = sh("no-such-program-2; exit $?");
        assertThat(result.exitCode()).isEqualTo(127);
        assertThat(result.stderr().text()).contains("no-such-program-2");
    }

    @Test
    default void aProgramMayBeginWithADash() {
        String path = fresh("bin");
        write(path + "/-x", "#!/bin/sh\necho ran \"$@\"\n");
        out("chmod +x " + path + "/-x");
        ExecRequest request = ExecRequest.builder(List.of("-x", "-n"))
                .env("PATH", out("pwd").strip() + "/" + path + ":/usr/bin:/bin")
                .build();
        assertThat(exec(request).stdout().text()).isEqualTo("ran -n\n");
    }

    @Test
    default void aScriptIsRunByItsInterpreter() {
        String path = fresh("script");
        write(path, "#!/bin/sh\necho \"$1\"; exit 4\n");
        out("chmod +x " + path);
        ExecResult result = exec(ExecRequest.of("./" + path, "a b"));
        assertThat(result.stdout().text()).isEqualTo("a b\n");
        assertThat(result.exitCode()).isEqualTo(4);
    }

    @Test
    default void everyExitCodeIsTold() {
        for (int code : new int[] {0, 1, 2, 64, 124, 125, 126, 127, 128, 129, 137, 143, 254, 255}) {
            assertThat(sh("exit " + code).exitCode()).isEqualTo(code);
        }
    }

    @Test
    default void aDeathBySignalIs128AndTheSignal() {
        assertThat(sh("kill -HUP $$").exitCode()).isEqualTo(129);
        assertThat(sh("kill -INT $$").exitCode()).isEqualTo(130);
        assertThat(sh("kill -TERM $$").exitCode()).isEqualTo(143);
        ExecResult killed = sh("echo before; kill -KILL $$");
        assertThat(killed.exitCode()).isEqualTo(137);
        assertThat(killed.stdout().text()).isEqualTo("before\n");
        assertThat(killed.stderr().bytes()).isEmpty();
    }

    @Test
    default void aCommandThatKillsItsGroupEndsItselfOnly() {
        assertThat(sh("kill -TERM 0").exitCode()).isEqualTo(143);
        assertThat(out("echo alive")).isEqualTo("alive\n");
    }

    @Test
    default void aBackgroundChildThatHoldsTheOutputDoesNotHangTheResult() {
        String mark = seconds(600);
        ExecResult result = sh("echo out; echo err >&2; sleep " + mark + " & exit 5");
        assertThat(result.exitCode()).isEqualTo(5);
        assertThat(result.stdout().text()).isEqualTo("out\n");
        assertThat(result.stderr().text()).isEqualTo("err\n");
        assertThat(running(mark)).isNotEmpty();
        sh("kill " + running(mark).strip().replace('\n', ' '));
    }

    @Test
    default void aServiceThatACommandStartsOutlivesIt() {
        String mark = seconds(600);
        assertThat(out("(trap '' HUP; exec setsid sleep " + mark + ") >/dev/null 2>&1 </dev/null & echo started"))
                .isEqualTo("started\n");
        assertThat(out("sleep 1; echo later")).isEqualTo("later\n");
        assertThat(running(mark)).isNotEmpty();
        sh("kill " + running(mark).strip().replace('\n', ' '));
    }
}
