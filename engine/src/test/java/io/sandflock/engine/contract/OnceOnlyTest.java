/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ExecRequest;
import io.sandflock.engine.contract.FaultProxy.Fate;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.ToolboxEnvironment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/**
 * Commands in a namespace sandbox whose daemon is reached through a proxy at its worst. By hand with more of them:
 * {@code -Dsandflock.once.executions=10000}, and with the same faults again: {@code -Dsandflock.once.seed=SEED}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class OnceOnlyTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int EXECUTIONS = Integer.getInteger("sandflock.once.executions", 200);
    private static final int AT_ONCE = 8;

    private static HeldSandbox sandbox;

    private final long seed = Long.getLong("sandflock.once.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @BeforeAll
    static void start() {
        sandbox = HeldSandbox.onNamespaces();
    }

    @AfterAll
    static void stop() {
        assertThat(sandbox.leftovers()).isEmpty();
        assertThat(sandbox.close()).isZero();
    }

    @Test
    void everyExecutionAppendsItsLineOnceWhateverTheProxyDoes() {
        System.out.println("every execution once: " + EXECUTIONS + " executions, seed " + seed);
        long began = System.nanoTime();
        ExecSettings settings = ExecSettings.DEFAULT.withRecovery(Duration.ofMinutes(5), Duration.ofMillis(5));
        try (FaultProxy proxy = new FaultProxy(sandbox.port(), this::fate, Duration.ofMinutes(5))) {
            ToolboxEnvironment environment = sandbox.through(proxy, settings, random);
            Long done = Flux.range(1, EXECUTIONS)
                    .flatMap(
                            i -> environment
                                    .exec(ExecRequest.shell("echo " + i + " >> lines"))
                                    .filter(result -> result.success()),
                            AT_ONCE,
                            1)
                    .count()
                    .block();
            assertThat(done).as("seed %d", seed).isEqualTo(EXECUTIONS);
            environment.closeLater().block(PATIENCE);
            System.out.printf(
                    "every execution once: %d executions in %.1f s, fates %s%n",
                    EXECUTIONS, (System.nanoTime() - began) / 1e9, proxy.fates());
            assertThat(proxy.fates()).as("every fate was met").hasSize(Fate.values().length);
        }
        List<String> lines = new String(
                        sandbox.environment().readFile("lines", 10 << 20).block(PATIENCE), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(lines)
                .as("seed %d", seed)
                .hasSize(EXECUTIONS)
                .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, EXECUTIONS)
                        .mapToObj(Integer::toString)
                        .toList());
        System.out.println("every execution once: " + lines.size() + " lines, each once");
    }

    @Test
    void aSilentCommandOutlivesAProxyThatCutsWhatIsSilent() {
        ExecSettings settings = ExecSettings.DEFAULT
                .withHold(Duration.ofMillis(300))
                .withRecovery(Duration.ofMinutes(1), Duration.ofMillis(5));
        try (FaultProxy proxy = new FaultProxy(sandbox.port(), () -> Fate.PASSED, Duration.ofSeconds(3))) {
            ToolboxEnvironment environment = sandbox.through(proxy, settings, random);
            assertThat(environment
                            .exec(ExecRequest.shell("echo once >> silent; sleep 7; cat silent"))
                            .block(PATIENCE)
                            .stdout()
                            .text())
                    .isEqualTo("once\n");
            environment.closeLater().block(PATIENCE);
        }
    }

    private Fate fate() {
        return random.nextInt(3) == 0 ? Fate.values()[random.nextInt(Fate.values().length)] : Fate.PASSED;
    }
}
