/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.IntentLog.Transition;
import io.sandflock.engine.limit.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class RunFilesTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path temp;

    @Test
    void theNameOfAFolderIsMadeOfEvalTimeAndDice() {
        assertThat(RunFolder.nameFor("Human Eval/../x", Instant.parse("2026-11-23T16:45:01Z"), "0badcafe"))
                .isEqualTo("human-eval-x-20261123-164501-0badcafe");
        assertThat(RunFolder.nameFor("../..", Instant.EPOCH, "00000000")).startsWith("eval-1970");
    }

    @Test
    void noIdLeavesTheFolderOrMeetsAnother() {
        long seed = System.nanoTime();
        System.out.println("ids seed " + seed);
        Random dice = new Random(seed);
        String alphabet = "a.A/\\%~\0:*\u00e9\ud83d\ude00-_ \n";
        Set<String> ids = new HashSet<>(List.of(".", "..", "../..", "/etc/passwd", "%2E", "a%2F", "a/", "~", "con"));
        for (int i = 0; i < 5_000; i++) {
            StringBuilder id = new StringBuilder("x".repeat(dice.nextInt(20) == 0 ? 300 : 0));
            dice.ints(1 + dice.nextInt(6), 0, alphabet.length()).forEach(at -> id.append(alphabet.charAt(at)));
            // Halves of a surrogate pair have no UTF-8, and no JSON dataset can hold them.
            ids.add(new String(
                    id.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    java.nio.charset.StandardCharsets.UTF_8));
        }
        Set<String> names = new HashSet<>();
        for (String id : ids) {
            String name = RunFolder.segment(id);
            assertThat(name).matches("[A-Za-z0-9_%~-][A-Za-z0-9_.%~-]*").hasSizeLessThanOrEqualTo(200);
            assertThat(temp.resolve("samples").resolve(name).normalize().getParent())
                    .isEqualTo(temp.resolve("samples"));
            names.add(name);
        }
        assertThat(names).hasSameSizeAs(ids);
    }

    @Test
    void aSecondRunInTheSameFolderIsRefused() throws IOException {
        Path folder = temp.resolve("run");
        try (RunFolder first = RunFolder.create(folder)) {
            assertThatThrownBy(() -> RunFolder.create(folder))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("another run of this process writes");
            first.replace("run.json", new byte[] {'{', '}'});
        }
        assertThatThrownBy(() -> RunFolder.create(folder)).hasMessageContaining("holds a run already");
    }

    @Test
    void aFolderThatCannotBeMadeIsRefusedByName() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));
        assertThatThrownBy(() -> RunFolder.create(file.resolve("run")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void anIntentIsOnTheDiskWhenItCompletes() throws IOException {
        RunWriter writer = new RunWriter(temp, Schedulers.parallel());
        Path file = temp.resolve("journal.ndjson");
        IntentLog journal = new Journal(writer, writer.appendTo(file), Time.system()).ofNoJob();
        Flux.range(0, 500)
                .flatMap(
                        index -> journal.intent("box-" + index, Map.of())
                                .then(Mono.fromCallable(
                                                () -> Files.readString(file).contains("\"box-" + index + "\""))
                                        .subscribeOn(Schedulers.boundedElastic())),
                        50,
                        1)
                .doOnNext(there -> assertThat(there).isTrue())
                .blockLast(SOON);
        writer.close().block(SOON);
        assertThat(JournalReader.open(file)).hasSize(500);
    }

    @Test
    void aJournalCutAtAnyByteNamesEverySandboxThatMayBeThere() throws IOException {
        RunWriter writer = new RunWriter(temp, Schedulers.parallel());
        Path file = temp.resolve("journal.ndjson");
        IntentLog journal = new Journal(writer, writer.appendTo(file), Time.system()).ofNoJob();
        for (String name : List.of("a", "b\u00e9", "c")) {
            journal.intent(name, Map.of()).block(SOON);
            journal.transition(name, Transition.CREATED, "id-" + name);
        }
        journal.transition("a", Transition.DELETED, "id-a");
        journal.transition("c", Transition.FAILED, "REFUSED");
        writer.close().block(SOON);
        assertThat(JournalReader.open(file)).isEqualTo(Map.of("b\u00e9", "id-b\u00e9"));

        byte[] whole = Files.readAllBytes(file);
        Path cut = temp.resolve("cut.ndjson");
        for (int length = 0; length <= whole.length; length++) {
            byte[] left = Arrays.copyOf(whole, length);
            Files.write(cut, left);
            Map<String, String> open = JournalReader.open(cut);
            long lines = new String(left, java.nio.charset.StandardCharsets.UTF_8)
                    .chars()
                    .filter(c -> c == '\n')
                    .count();
            assertThat(open.size()).as("after " + lines + " lines").isEqualTo((int)
                    List.of(0, 1, 1, 2, 2, 3, 3, 2, 1).get((int) lines));
        }
    }

    @Test
    void whatIsAskedBeforeTheCloseIsWrittenAndWhatIsAskedLaterFails() {
        RunWriter writer = new RunWriter(temp, Schedulers.parallel());
        AtomicInteger written = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            writer.hand(written::incrementAndGet);
        }
        StepVerifier.create(writer.close()).expectComplete().verify(SOON);
        assertThat(written).hasValue(1_000);
        StepVerifier.create(writer.write(written::incrementAndGet))
                .expectErrorSatisfies(error ->
                        assertThat(error).hasMessageContaining(temp.toString()).hasMessageContaining("closed"))
                .verify(SOON);
        assertThat(written).hasValue(1_000);
    }

    @Test
    void aWriterThatFailsOnceFailsForEverAndSaysWhere() {
        RunWriter writer = new RunWriter(temp, Schedulers.parallel());
        StepVerifier.create(writer.write(() -> {
                    throw new IOException("No space left on device");
                }))
                .expectErrorSatisfies(error ->
                        assertThat(error).hasMessageContaining(temp.toString()).hasMessageContaining("No space left"))
                .verify(SOON);
        StepVerifier.create(writer.write(() -> {})).expectError().verify(SOON);
        StepVerifier.create(writer.failed()).expectNextCount(1).expectComplete().verify(SOON);
        StepVerifier.create(writer.close()).expectComplete().verify(SOON);
    }
}
