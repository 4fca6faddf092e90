/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static io.sandflock.engine.daytona.ScriptedServer.PATIENCE;
import static io.sandflock.engine.daytona.ScriptedServer.answer;
import static io.sandflock.engine.daytona.ScriptedServer.sandboxJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.engine.daytona.ControlPlaneTest.Fixture;
import io.sandflock.engine.daytona.ScriptedServer.Step;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.ToolboxEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of commands in a sandbox that is gone, as Daytona's proxy and API tell it: 502 first, then 400. */
@Timeout(60)
class DeadSandboxTest {

    private static final Step BAD_GATEWAY = answer(502, "{\"message\":\"bad gateway\"}");
    private static final Step NOT_STARTED =
            answer(400, "{\"message\":\"bad request: no IP address found. Is the Sandbox started?\"}");

    @ParameterizedTest
    @CsvSource({
        "stopped, stopped",
        "stopping, stopping",
        "archived, archived",
        "archiving, archiving",
        "destroyed, destroyed",
        "error, error",
    })
    void aCommandInASandboxThatIsGoneIsOneErrorWithItsLastState(String state, String expected) {
        assertDeath(answer(200, sandboxJson("sb-1", state)), expected);
    }

    @Test
    void aCommandInADeletedSandboxIsTheSameErrorAndSaysDeleted() {
        assertDeath(answer(404, "{\"statusCode\":404,\"message\":\"Sandbox sb-1 not found\"}"), "deleted");
    }

    @Test
    void aSandboxThatCrashedSaysItsReason() {
        String crashed = sandboxJson("sb-1", "error")
                .replace("\"state\":", "\"errorReason\":\"the runner ran out of memory\",\"state\":");
        assertThat(assertDeath(answer(200, crashed), "error")).hasMessageContaining("the runner ran out of memory");
    }

    @Test
    void aStreamEndsWithTheSameError() {
        try (Fixture at = new Fixture(server(answer(200, sandboxJson("sb-1", "archived")), new AtomicInteger()))) {
            assertThatThrownBy(() ->
                            environment(at).execStream(ExecRequest.of("true")).blockLast(PATIENCE))
                    .isInstanceOfSatisfying(
                            SandboxUnavailableException.class,
                            error -> assertThat(error.lastState()).isEqualTo("archived"));
        }
    }

    @Test
    void aSandboxThatLivesIsAskedAgainAndNoDeathIsMadeOfItsProxysTrouble() {
        AtomicInteger asked = new AtomicInteger();
        ScriptedServer server = new ScriptedServer(request -> {
            if (request.target().contains("/process/execute")) {
                return List.of(BAD_GATEWAY);
            }
            asked.incrementAndGet();
            return List.of(answer(200, sandboxJson("sb-1", "started")));
        });
        try (Fixture at = new Fixture(server)) {
            ToolboxEnvironment environment = environment(at, Duration.ofMillis(300));
            assertThatThrownBy(() -> environment.exec(ExecRequest.of("true")).block(PATIENCE))
                    .isNotInstanceOf(SandboxUnavailableException.class)
                    .hasMessageContaining("it could not be found out how the command ended");
            assertThat(asked.get()).isPositive();
            environment.awaitKills().block(PATIENCE);
        }
    }

    private static SandboxUnavailableException assertDeath(Step platformSays, String lastState) {
        AtomicInteger asked = new AtomicInteger();
        SandboxUnavailableException first;
        try (Fixture at = new Fixture(server(platformSays, asked))) {
            ToolboxEnvironment environment = environment(at);
            first = death(environment);
            SandboxUnavailableException second = death(environment);
            assertThat(List.of(first, second)).allSatisfy(error -> {
                assertThat(error.lastState()).isEqualTo(lastState);
                assertThat(error.code()).isEqualTo(ErrorCode.SANDBOX_UNAVAILABLE);
                assertThat(error.context().sandbox()).isEqualTo("sb-1");
            });
            assertThat(asked).as("the platform was asked once").hasValue(1);
            // Nothing is to be killed in what is gone.
            assertThat(environment.killsUnderWay()).isZero();
        }
        return first;
    }

    private static SandboxUnavailableException death(ToolboxEnvironment environment) {
        try {
            environment.exec(ExecRequest.of("true")).block(PATIENCE);
        } catch (SandboxUnavailableException death) {
            return death;
        }
        throw new AssertionError("the command ended as if the sandbox lived");
    }

    /** The proxy says 502 while the sandbox goes, and 400 once it is gone. */
    private static ScriptedServer server(Step platformSays, AtomicInteger asked) {
        AtomicInteger executes = new AtomicInteger();
        return new ScriptedServer(request -> {
            if (request.target().contains("/process/execute")) {
                return List.of(executes.getAndIncrement() == 0 ? BAD_GATEWAY : NOT_STARTED);
            }
            asked.incrementAndGet();
            return List.of(platformSays);
        });
    }

    private static ToolboxEnvironment environment(Fixture at) {
        return environment(at, Duration.ofSeconds(30));
    }

    private static ToolboxEnvironment environment(Fixture at, Duration recovery) {
        return ToolboxEnvironment.create(
                "default",
                "sb-1",
                at.platform.toolbox(at.server.sandbox()),
                at.platform.sandboxes(),
                ExecSettings.DEFAULT.withRecovery(recovery, Duration.ofMillis(5)),
                new Random());
    }
}
