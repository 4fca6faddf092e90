/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.Engine;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.InvalidInputException;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.SampleTask;
import io.sandflock.Score;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.LeaseSettings;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.run.JournalReader;
import io.sandflock.engine.testing.FakeEnvironment;
import io.sandflock.engine.testing.FakePlatform;
import io.sandflock.engine.testing.FakePlatform.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Runs that go on after their process has ended. What a killed process leaves is what its folder holds at that moment: a copy of the
 * folder, made while an engine was in the middle of it and never heard of it again.
 */
@Timeout(60)
class ResumedRunTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final LeaseSettings QUICK = new LeaseSettings(
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Duration.ofMillis(200),
            Duration.ofMillis(200),
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofMillis(50));

    @TempDir
    private Path temp;

    private final FakePlatform platform = new FakePlatform(Time.system());
    private final List<Engine> engines = new ArrayList<>();
    /** What ran, for example {@code s1/1 in id-7}. */
    private final Queue<String> ran = new ConcurrentLinkedQueue<>();

    /** The first engine's time, which stands still when it was abandoned. */
    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

    private int copies = 0;

    @AfterEach
    void close() {
        platform.faults = operation -> Fault.NONE;
        engines.forEach(engine -> engine.closeLater().onErrorComplete().block(SOON));
    }

    private Engine engine() {
        Engine engine = engine(Time.system());
        engines.add(engine);
        return engine;
    }

    private Engine engine(Time time) {
        return Sandflock.on(platform, (name, sandbox, from) -> new FakeEnvironment(name, sandbox.id(), platform))
                .leases(QUICK)
                .time(time)
                .closeDeadline(Duration.ofSeconds(5))
                .build();
    }

    private static List<Sample> samples(int number) {
        return IntStream.range(0, number)
                .mapToObj(index -> Sample.of("s" + index, "input " + index))
                .toList();
    }

    private RunSpec spec(int samples, SampleTask task) {
        return RunSpec.of("eval", samples(samples), task)
                .withLimits(new RunSpec.Limits(
                        2, Duration.ofSeconds(10), Duration.ofSeconds(30), Optional.empty(), 1, Optional.empty()))
                .withFolder(temp.resolve("run"));
    }

    private Mono<Outcome> score(SampleContext context) {
        ran.add(context.sample().id() + "/" + context.epoch() + " in "
                + context.sandbox().id());
        return context.environment().exec(ExecRequest.of("true")).thenReturn(new Outcome.Scored(Score.of(1)));
    }

    /** Those of these ids never end; the others are scored. */
    private SampleTask hanging(String... ids) {
        return context -> Set.of(ids).contains(context.sample().id())
                ? Mono.fromRunnable(() -> ran.add(context.sample().id() + " hangs"))
                        .then(Mono.never())
                : score(context);
    }

    /** Has a run go on until the condition is met; it is never heard of again. */
    private void abandon(RunSpec spec, BooleanSupplier condition) {
        engine(Time.of(clock, 1)).run(spec).subscribe(event -> {}, error -> {});
        Boolean met = Mono.fromRunnable(() -> clock.advanceTimeBy(Duration.ofMillis(5)))
                .then(Mono.fromSupplier(condition::getAsBoolean))
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(5)))
                .takeUntil(done -> done)
                .last()
                .timeout(SOON, Mono.just(false))
                .block();
        assertThat(met).isTrue();
        platform.eventsUp = false;
    }

    private List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        if (Files.exists(file)) {
            JournalReader.read(file, lines::add);
        }
        return lines;
    }

    private List<JsonNode> journal(String what) {
        try {
            return lines(temp.resolve("run/journal.ndjson")).stream()
                    .filter(line -> line.path("what").asText().equals(what))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** What is on the disk now, in another folder. */
    private Path copy() throws IOException {
        Path copy = Files.createDirectories(temp.resolve("copy" + copies++));
        try (Stream<Path> files = Files.list(temp.resolve("run"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private record Resumed(RunEvent.Resumed found, RunSummary summary, List<String> finished) {}

    private Resumed resume(RunSpec spec) {
        List<RunEvent> events = engine().resume(spec).collectList().block(SOON);
        RunSummary summary = ((RunEvent.Ended) events.get(events.size() - 1)).summary();
        assertThat(summary.leftOver()).isEmpty();
        return new Resumed(
                (RunEvent.Resumed) events.get(1),
                summary,
                events.stream()
                        .filter(RunEvent.Finished.class::isInstance)
                        .map(event -> ((RunEvent.Finished) event).result().sampleId())
                        .sorted()
                        .toList());
    }

    private static void assertOneResultEach(Path folder, int samples) throws IOException {
        Set<String> ids = new HashSet<>();
        for (String line : Files.readAllLines(folder.resolve("results.ndjson"))) {
            JsonNode result = JSON.readTree(line);
            assertThat(ids.add(result.path("sample").asText() + "/"
                            + result.path("epoch").asInt()))
                    .as(line)
                    .isTrue();
            assertThat(result.path("outcome").asText()).isEqualTo("scored");
        }
        assertThat(ids).hasSize(samples);
        assertThat(JournalReader.open(folder.resolve("journal.ndjson"))).isEmpty();
    }

    /** A sandbox of another run. */
    private static CreateSandbox foreign(String name, Map<String, String> labels) {
        Map<String, String> all = new java.util.HashMap<>(labels);
        all.put("created_by", "inspect-ai");
        all.put("inspect_run_id", "another");
        return new CreateSandbox(
                name,
                new CreateSandbox.Source.Snapshot(null),
                Optional.empty(),
                Map.of(),
                all,
                false,
                Optional.empty(),
                false,
                Optional.empty(),
                CreateSandbox.Resources.DEFAULT,
                CreateSandbox.Intervals.DEFAULT);
    }

    @Test
    void finishedSamplesStayInterruptedOnesStartAnewAndTheSummaryIsThatOfTheWholeRun() throws IOException {
        abandon(
                spec(8, hanging("s3", "s4")),
                () -> ran.contains("s3 hangs")
                        && ran.contains("s4 hangs")
                        && journal("finished").size() == 3);
        Path copy = copy();
        ran.clear();

        Resumed resumed = resume(spec(8, this::score).withFolder(copy));

        assertThat(resumed.found()).isEqualTo(new RunEvent.Resumed(3, 0, 2));
        assertThat(resumed.finished()).containsExactly("s3", "s4", "s5", "s6", "s7");
        assertThat(ran).hasSize(5);
        assertThat(resumed.summary().total()).isEqualTo(8);
        assertThat(resumed.summary().outcomes()).containsEntry("scored", 8).containsEntry("cancelled", 0);
        assertThat(resumed.summary().retries()).isEqualTo(2);
        assertThat(platform.live()).isZero();
        assertOneResultEach(copy, 8);
        JsonNode again = lines(copy.resolve("results.ndjson")).stream()
                .filter(line -> line.path("sample").asText().equals("s3"))
                .findFirst()
                .orElseThrow();
        assertThat(again.path("attempts")).hasSize(2);
        assertThat(again.path("attempts").path(0).path("failure").asText()).contains("the run ended before");
        assertThat(again.path("attempts").path(1).path("number").asInt()).isEqualTo(2);
        assertThat(Files.exists(copy.resolve("summary.json"))).isTrue();
    }

    @Test
    void aSandboxInWhichNothingWasBegunIsUsedOn() throws IOException {
        // Never started as far as the first engine can see, so that no task begins.
        platform.startTime = () -> Duration.ofSeconds(2);
        abandon(spec(2, this::score), () -> journal("created").size() == 2);
        Path copy = copy();
        Resumed resumed = resume(spec(2, this::score).withFolder(copy));

        assertThat(resumed.found()).isEqualTo(new RunEvent.Resumed(0, 2, 0));
        assertThat(platform.created())
                .as(Files.readString(copy.resolve("journal.ndjson")))
                .isEqualTo(2);
        assertThat(resumed.summary().retries()).isZero();
        assertOneResultEach(copy, 2);
        for (JsonNode result : lines(copy.resolve("results.ndjson"))) {
            assertThat(result.path("attempts")).hasSize(1);
            assertThat(result.path("attempts").path(0).path("number").asInt()).isEqualTo(1);
        }
    }

    @Test
    void aSandboxOfAMachineThatWentDownSinceIsNotTrusted() throws IOException {
        platform.startTime = () -> Duration.ofSeconds(2);
        abandon(spec(1, this::score), () -> journal("created").size() == 1);
        Path journal = copy().resolve("journal.ndjson");
        Files.writeString(
                journal, Files.readString(journal).replaceFirst("\"boot\":\"[^\"]*\"", "\"boot\":\"another\""));

        Resumed resumed = resume(spec(1, this::score).withFolder(journal.getParent()));

        assertThat(resumed.found()).isEqualTo(new RunEvent.Resumed(0, 0, 1));
        assertThat(platform.created()).isEqualTo(2);
    }

    @Test
    void aCreateWhoseAnswerWasLostIsFoundByItsName() throws IOException {
        platform.faults = operation -> operation.equals("create") ? Fault.HANGS : Fault.NONE;
        platform.startTime = () -> Duration.ofMillis(100);
        abandon(spec(1, this::score), () -> platform.created() == 1);
        assertThat(journal("intent")).hasSize(1);
        assertThat(journal("created")).isEmpty();
        Path copy = copy();
        platform.faults = operation -> Fault.NONE;
        ran.clear();

        Resumed resumed = resume(spec(1, this::score).withFolder(copy));

        assertThat(resumed.found()).isEqualTo(new RunEvent.Resumed(0, 1, 0));
        assertThat(ran).containsExactly("s0/1 in id-1");
        assertThat(platform.createdTwice()).isEmpty();
        assertOneResultEach(copy, 1);
    }

    @Test
    void aSandboxOfTheRunThatNoJournalNamesIsRemovedAndNobodyElses() throws IOException {
        abandon(
                spec(2, hanging("s1")),
                () -> ran.contains("s1 hangs") && journal("finished").size() == 1);
        Path copy = copy();
        // A journal that was lost altogether.
        Files.write(copy.resolve("journal.ndjson"), new byte[0]);
        platform.occupy(foreign("somebody-elses", Map.of("sandflock_owner", "sandflock")));

        Resumed resumed = resume(spec(2, this::score).withFolder(copy));

        assertThat(resumed.found()).isEqualTo(new RunEvent.Resumed(1, 0, 1));
        assertOneResultEach(copy, 2);
        assertThat(platform.live()).isEqualTo(1);
        assertThat(platform.isStarted("foreign")).isTrue();
    }

    @Test
    void aRunDeletesWhatDeadProcessesOfItsOwnerLeftAndNothingThatIsStillNeeded() {
        long now = java.time.Instant.now().getEpochSecond();
        String[][] there = {
            {"dead", "sandflock", Long.toString(now - 700)},
            {"just-over", "sandflock", Long.toString(now - 300)},
            {"in-use", "sandflock", Long.toString(now + 60)},
            {"another-owners", "somebody", Long.toString(now - 86_400)},
            {"unmarked", "sandflock", ""}
        };
        for (String[] one : there) {
            platform.sandboxes()
                    .create(foreign(one[0], Map.of("sandflock_owner", one[1], "sandflock_lease", one[2])))
                    .block(SOON);
        }
        // Long enough for it to be looked for them.
        SampleTask slow = context -> Mono.delay(Duration.ofMillis(500)).then(score(context));
        engine().run(spec(1, slow)).blockLast(SOON);
        assertThat(platform.names()).containsExactlyInAnyOrder("just-over", "in-use", "another-owners", "unmarked");
    }

    @Test
    void samplesWithoutAScoreAreRunAgainAndTheirAttemptsAreKept() throws IOException {
        SampleTask failing = context -> context.sample().id().equals("s1")
                ? Mono.error(
                        new TransientException(ErrorCode.UNREACHABLE, "the network broke", ErrorContext.NONE, null))
                : score(context);
        engine().run(spec(3, failing)).blockLast(SOON);
        ran.clear();

        Resumed resumed = resume(spec(3, this::score));

        assertThat(resumed.finished()).containsExactly("s1");
        assertOneResultEach(temp.resolve("run"), 3);
        JsonNode again = lines(temp.resolve("run/results.ndjson")).get(2);
        assertThat(again.path("attempts")).hasSize(3);
        for (int number = 0; number < 2; number++) {
            assertThat(again.path("attempts").path(number).path("failure").asText())
                    .contains("the network broke");
            assertThat(again.path("attempts").path(number).path("sandbox").asText())
                    .startsWith("inspect-eval-s1-");
        }
    }

    @Test
    void whatIsCutAtAnyLineIsMadeWholeAndNoScoreIsLost() throws IOException {
        engine().run(spec(4, this::score)).blockLast(SOON);
        byte[] journal = Files.readAllBytes(temp.resolve("run/journal.ndjson"));
        byte[] results = Files.readAllBytes(temp.resolve("run/results.ndjson"));
        List<Integer> cuts = new ArrayList<>();
        for (int at = 0; at < journal.length; at++) {
            if (journal[at] == '\n') {
                cuts.addAll(List.of(at, at + 1, Math.min(journal.length, at + 20)));
            }
        }
        for (int index = 0; index < cuts.size(); index++) {
            Path copy = copy();
            int kept = results.length * index / cuts.size();
            Files.write(copy.resolve("journal.ndjson"), java.util.Arrays.copyOf(journal, cuts.get(index)));
            Files.write(copy.resolve("results.ndjson"), java.util.Arrays.copyOf(results, kept));
            ran.clear();
            long whole = new String(results, 0, kept, StandardCharsets.UTF_8)
                    .chars()
                    .filter(c -> c == '\n')
                    .count();

            Resumed resumed = resume(spec(4, this::score).withFolder(copy));

            assertThat(ran).as("cut at " + cuts.get(index)).hasSize((int) (4 - whole));
            assertThat(resumed.summary().outcomes()).containsEntry("scored", 4);
            assertOneResultEach(copy, 4);
        }
        assertThat(platform.live()).isZero();
        assertThat(platform.createdTwice()).isEmpty();
    }

    @Test
    void anEvalThatChangedIsRefusedByWhatChanged() {
        engine().run(spec(3, this::score)).blockLast(SOON);
        assertThatThrownBy(() -> engine().resume(spec(4, this::score)).blockLast(SOON))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("samples: was '3', is '4'")
                .hasMessageContaining("sample ids changed")
                .hasMessageContaining("run it anew");
        List<Sample> edited = new ArrayList<>(samples(3));
        edited.set(1, Sample.of("s1", "another input"));
        RunSpec other = RunSpec.of("eval", edited, this::score).withFolder(temp.resolve("run"));
        assertThatThrownBy(() -> engine().resume(other).blockLast(SOON))
                .hasMessageContaining("sample contents changed")
                .hasMessageNotContaining("ids");
        // Refused, and nothing else: it can still be resumed, with other limits too.
        RunSpec.Limits limits = spec(3, this::score).limits().withMaxSandboxes(1);
        assertThat(resume(spec(3, this::score).withLimits(limits)).finished()).isEmpty();
    }

    @Test
    void aFolderWithoutARunAndARunWithoutAFolderAreRefused() {
        assertThatThrownBy(() -> engine().resume(spec(1, this::score)).blockLast(SOON))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("has no run.json");
        assertThatThrownBy(() -> engine().resume(RunSpec.of("eval", samples(1), this::score))
                        .blockLast(SOON))
                .hasMessageContaining("cannot be resumed");
    }

    @Test
    void aRunThatIsUnderWayIsNotResumed() {
        abandon(spec(1, hanging("s0")), () -> ran.contains("s0 hangs"));
        assertThatThrownBy(() -> engine().resume(spec(1, this::score)).blockLast(SOON))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("another run of this process writes");
        assertThat(platform.live()).isEqualTo(1);
    }
}
