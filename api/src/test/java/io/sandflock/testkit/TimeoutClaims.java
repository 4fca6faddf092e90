/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ExecRequest;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** A command that is too late, or that nobody waits for any more, is killed with all that it started. */
public interface TimeoutClaims extends EnvironmentUnderTest {

    /** Runs into the timeout. */
    private void timesOut(String line, long millis, Consumer<CommandTimeoutException> check) {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", line))
                .timeout(Duration.ofMillis(millis))
                .build();
        assertThatThrownBy(() -> exec(request)).isInstanceOfSatisfying(CommandTimeoutException.class, check);
    }

    private void timesOut(String line, long millis) {
        timesOut(line, millis, error -> assertThat(error.timeout()).isEqualTo(Duration.ofMillis(millis)));
    }

    /** {@code exec_timeout}. */
    @Test
    @InspectCheck(28)
    default void aCommandThatIsTooLateIsATimeout() {
        ExecRequest request = ExecRequest.builder(List.of("sleep", "4"))
                .timeout(Duration.ofSeconds(2))
                .build();
        assertThatThrownBy(() -> exec(request)).isInstanceOf(CommandTimeoutException.class);
    }

    /** {@code exec_timeout_kills_process}. */
    @Test
    @InspectCheck(30)
    default void aTimeoutKillsTheProcess() {
        String mark = seconds(30);
        timesOut("echo 'marker' >/dev/null && sleep " + mark + "; :", 2000);
        assertThat(running(mark)).isEmpty();
    }

    /** {@code exec_timeout_kills_child_processes}, with children that are none of a comment's. */
    @Test
    @InspectCheck(31)
    default void aTimeoutKillsTheChildren() {
        String child = seconds(30);
        String parent = seconds(30);
        timesOut("sleep " + child + " & sleep " + parent, 2000);
        assertThat(running(child)).isEmpty();
        assertThat(running(parent)).isEmpty();
    }

    @Test
    default void aTimeoutKillsChildrenThatLeftTheSession() {
        String mark = seconds(60);
        timesOut(
                "setsid sleep " + mark + " & (setsid sleep " + mark + " &); (trap '' HUP; sleep " + mark
                        + " &) ; sleep " + mark,
                500);
        assertThat(running(mark)).isEmpty();
    }

    @Test
    default void aTimeoutKillsChildrenWithAnEmptyEnvironment() {
        String mark = seconds(60);
        timesOut("env -i /bin/sleep " + mark + " & sleep " + mark, 500);
        assertThat(running(mark)).isEmpty();
    }

    @Test
    default void aTimeoutKillsWhatIgnoresTermination() {
        String mark = seconds(61);
        timesOut("trap '' TERM; sleep " + mark + " & while :; do sleep " + mark + "; done", 300);
        assertThat(running(mark)).isEmpty();
    }

    @Test
    default void aTimeoutLetsTheCommandTidyUp() {
        timesOut(
                "trap 'echo tidied; exit 3' TERM; sleep 30 & wait",
                1000,
                error -> assertThat(error.partial().stdout().text()).isEqualTo("tidied\n"));
    }

    @Test
    default void aTimeoutKeepsTheOutputSoFar() {
        timesOut("echo part; echo late >&2; sleep 60", 800, error -> {
            assertThat(error.partial().stdout().text()).isEqualTo("part\n");
            assertThat(error.partial().stderr().text()).isEqualTo("late\n");
            assertThat(error.partial().exitCode()).isIn(137, 143);
        });
    }

    @Test
    default void aTimeoutKeepsTheNewestOfMuchOutput() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "seq 1 100000; sleep 60"))
                .timeout(Duration.ofSeconds(3))
                .outputLimit(100)
                .build();
        assertThatThrownBy(() -> exec(request)).isInstanceOfSatisfying(CommandTimeoutException.class, error -> {
            assertThat(error.partial().stdout().bytes()).hasSize(100);
            assertThat(error.partial().stdout().text()).endsWith("99999\n100000\n");
            assertThat(error.partial().stdout().size()).isEqualTo(588895);
        });
    }

    @Test
    default void aCommandThatIsInTimeIsNotTouched() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "sleep 1; echo done"))
                .timeout(Duration.ofSeconds(30))
                .build();
        assertThat(exec(request).stdout().text()).isEqualTo("done\n");
    }

    @Test
    default void aTimedOutCommandIsNotRunAgain() {
        String path = fresh("starts");
        timesOut("echo start >> " + path + "; sleep 60", 500);
        assertThat(out("sleep 1; cat " + path)).isEqualTo("start\n");
    }

    @Test
    default void aCancelKillsTheCommandAndItsChildren() {
        String mark = seconds(62);
        String ready = fresh("ready");
        Disposable waiting = environment()
                .exec(ExecRequest.shell("setsid sleep " + mark + " & sleep " + mark + " & echo > " + ready + "; wait"))
                .subscribe();
        await(ready);
        assertThat(running(mark)).isNotEmpty();
        waiting.dispose();
        assertThat(vanishes(mark)).isTrue();
    }

    @Test
    default void aCommandWithSilenceOfManySecondsIsWaitedFor() {
        assertThat(out("sleep 12; echo late")).isEqualTo("late\n");
    }
}
