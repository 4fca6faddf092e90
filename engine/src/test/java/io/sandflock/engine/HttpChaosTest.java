/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.ToolboxEnvironment;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.local.simulated.Latency;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedOptions.Operation;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import io.sandflock.engine.run.JournalReader;
import io.sandflock.engine.testing.Settled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chaos of {@link ChaosTest} over the wire: the real client and the real program for commands against the real server, which does
 * to the requests whatever the platform is known to do to them.
 */
class HttpChaosTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final long seed = Long.getLong("sandflock.chaos.seed", System.nanoTime());
    private final Random dice = new Random(seed);
    private final FaultDice faults = new FaultDice(dice);

    @Test
    @Timeout(180)
    void threeThousandSamplesOverTheWireLeaveNothingAndRunNothingTwice() throws IOException {
        System.out.println("HTTP chaos seed " + seed);
        SimulatedSubstrate substrate = SimulatedSubstrate.of(machines());
        LocalPlatform server = LocalPlatform.start(LocalOptions.of(substrate).withFaults(faults))
                .blockOptional(PATIENCE)
                .orElseThrow();
        Path run = folder.resolve("run");
        try (SandboxWatch watch = SandboxWatch.of(server, name -> name.startsWith(FaultDice.COUNTED), faults::isLate)) {
            ChaosTest.wreak(subject(server, watch, run), dice);
            report(substrate, server, watch);
            assertThat(watch.isConnected()).isTrue();
            assertThat(watch.most()).isBetween(1, ChaosTest.MAX_SANDBOXES);
            assertThat((long) watch.created()).isEqualTo(server.counters().created());
            assertThat(server.counters().deleted()).isEqualTo(server.counters().created());
        } catch (AssertionError | RuntimeException failure) {
            tellLeft(run);
            throw failure;
        } finally {
            server.closeLater().block(PATIENCE);
        }
        assertThat(substrate.live()).isZero();
        assertThat(substrate.runs())
                .isNotEmpty()
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(1));
        checkJournal(run);
    }

    private SimulatedOptions machines() {
        return SimulatedOptions.DEFAULT
                .withSeed(seed)
                .with(Operation.CREATE, new Latency.LogNormal(Duration.ofMillis(8), 1, Duration.ofMillis(200)))
                .with(Operation.SPAWN, new Latency.Uniform(Duration.ZERO, Duration.ofMillis(3)))
                .with(Operation.DESTROY, new Latency.Uniform(Duration.ZERO, Duration.ofMillis(40)))
                .withScript(command -> CommandScript.Result.of(0)
                        .pause(Duration.ofMillis(dice.nextInt(20)))
                        .stdout("done\n"));
    }

    private ChaosSubject subject(LocalPlatform server, SandboxWatch watch, Path run) {
        ProgramText.load();
        ExecSettings exec = ExecSettings.DEFAULT.withRecovery(Duration.ofMinutes(2), Duration.ofMillis(50));
        return new ChaosSubject(
                DaytonaPlatform.create(DaytonaSettings.of(server.key()).withUrl(server.url())),
                (name, sandbox, from) -> ToolboxEnvironment.create(
                        name, sandbox.id(), from.toolbox(sandbox), from.sandboxes(), exec, dice),
                () -> Settled.left(server),
                watch::createdTwice,
                Duration.ofMillis(400),
                Optional.of(run));
    }

    private void report(SimulatedSubstrate substrate, LocalPlatform server, SandboxWatch watch) {
        System.out.println("HTTP chaos faults " + faults.thrown());
        System.out.println("HTTP chaos requests " + server.counters().requests());
        System.out.println("HTTP chaos created " + watch.created() + ", a second time by a late commit "
                + watch.strays() + ", left " + server.counters().live() + ", at most " + watch.most()
                + " of one run at once, commands run " + substrate.runs().size());
    }

    /** Why sandboxes were left. */
    private static void tellLeft(Path run) throws IOException {
        JournalReader.read(run.resolve("journal.ndjson"), line -> {
            if (line.path("what").asText().equals("left")) {
                System.out.println("HTTP chaos " + line);
            }
        });
    }

    /** What the journal says of samples and sandboxes is what the results say. */
    private static void checkJournal(Path run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        JournalReader.read(run.resolve("journal.ndjson"), lines::add);
        Map<String, String> results = new TreeMap<>();
        Set<String> sandboxes = new HashSet<>();
        for (String line : Files.readAllLines(run.resolve("results.ndjson"))) {
            JsonNode result = JSON.readTree(line);
            results.put(result.path("sample").asText(), result.path("outcome").asText());
            result.path("attempts")
                    .forEach(attempt -> sandboxes.add(attempt.path("sandbox").asText()));
        }
        sandboxes.remove("");
        Map<String, String> finished = new TreeMap<>();
        JournalIntents intents = new JournalIntents();
        for (JsonNode line : lines) {
            if (line.path("what").asText().equals("finished")) {
                assertThat(finished.put(
                                line.path("sample").asText(),
                                line.path("outcome").asText()))
                        .isNull();
            }
            assertThat(intents.follow(line)).as("one intent: %s", line).isTrue();
        }
        assertThat(lines.get(0).path("what").asText()).isEqualTo("run_started");
        assertThat(lines.get(lines.size() - 1).path("what").asText()).isEqualTo("run_ended");
        assertThat(finished).isEqualTo(results);
        assertThat(intents.names()).containsAll(sandboxes);
        assertThat(JournalReader.open(run.resolve("journal.ndjson"))).isEmpty();
    }
}
