/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.TransientException;
import io.sandflock.engine.exec.ShellToolbox.Fault;
import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.frame.ReplyText;
import io.sandflock.engine.platform.Toolbox.ExecuteCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AtMostOnceTest {

    @Test
    void aShortCommandIsOneRequest() {
        Bench bench = new Bench();
        ExecResult result = exec(bench, "echo hi; exit 3");
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(bench.toolbox.requests).hasValue(1);
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    @Test
    void anyNumberOfFilesIsOneRequest() {
        Bench bench = new Bench();
        bench.environment
                .writeFiles(Map.of("a/b", FileContent.text("1"), "c", FileContent.text("2")))
                .block(Bench.PATIENCE);
        assertThat(bench.toolbox.requests).hasValue(1);
    }

    @Test
    void everyFaultLeavesOneRun() {
        for (Fault fault : Fault.values()) {
            Queue<Fault> faults = new ArrayDeque<>(List.of(fault, Fault.NONE, fault));
            Bench bench = new Bench(() -> next(faults), Bench.hasty());
            ExecResult result = exec(bench, "echo line >> log; echo out; echo err >&2; exit 7");
            assertThat(result.exitCode()).as("%s", fault).isEqualTo(7);
            assertThat(result.stdout().text()).isEqualTo("out\n");
            assertThat(result.stderr().text()).isEqualTo("err\n");
            assertThat(bench.lines("log")).as("%s", fault).containsExactly("line");
            bench.environment.closeLater().block(Bench.PATIENCE);
        }
    }

    @Test
    void aHundredCommandsUnderRandomFaultsRunOnceEach() {
        long seed = System.nanoTime();
        System.out.println("aHundredCommandsUnderRandomFaultsRunOnceEach: seed " + seed);
        Random random = new Random(seed);
        Bench bench = new Bench(() -> random(random), Bench.hasty());
        List<Integer> codes = Flux.range(0, 100)
                .flatMap(
                        i -> bench.environment
                                .exec(ExecRequest.shell("echo " + i + " >> log; exit " + i))
                                .map(ExecResult::exitCode)
                                .filter(code -> code == i),
                        4,
                        1)
                .collectList()
                .block(Duration.ofSeconds(110));
        assertThat(codes).as("seed %d", seed).hasSize(100);
        assertThat(bench.lines("log"))
                .as("seed %d", seed)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 100).mapToObj(String::valueOf).toList());
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(StateDirectories.of(bench.toolbox)).isEmpty();
    }

    @Test
    void aLargeRequestUnderFaultsRunsOnce() {
        Queue<Fault> faults = new ArrayDeque<>(List.of(Fault.ANSWER_LOST, Fault.TWINS));
        Bench bench = new Bench(() -> next(faults), Bench.hasty());
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "echo line >> log; wc -c", "x".repeat(100_000)))
                .stdin(new byte[1 << 20])
                .build();
        ExecResult result = bench.environment.exec(request).block(Bench.PATIENCE);
        assertThat(result.stdout().text().strip()).isEqualTo("1048576");
        assertThat(bench.lines("log")).containsExactly("line");
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(StateDirectories.of(bench.toolbox)).isEmpty();
    }

    @Test
    void aCommandThatOutlivesItsRequestIsAttachedTo() {
        Bench bench = new Bench(() -> Fault.NONE, ExecSettings.DEFAULT.withHold(Duration.ofMillis(200))).fifo("go");
        // What lets the command end comes only once the first request was answered with "still running".
        ExecResult result = bench.environment
                .exec(ExecRequest.shell("echo started; read x < go; echo $x"))
                .mergeWith(Flux.interval(Duration.ofMillis(20))
                        .filter(tick -> bench.toolbox.requests.get() >= 3)
                        .next()
                        .then(bench.tell("go", "went\n"))
                        .then(Mono.empty()))
                .blockLast(Bench.PATIENCE);
        assertThat(result.stdout().text()).isEqualTo("started\nwent\n");
        assertThat(bench.toolbox.requests.get()).isGreaterThanOrEqualTo(3);
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    @Test
    void cancelKillsTheProcessTree() {
        Bench bench = new Bench().fifo("up");
        Disposable running = bench.environment
                .exec(ExecRequest.shell("echo $$ > up; setsid sleep 300 & sleep 300"))
                .subscribe();
        String pid = bench.hear("up").block(Bench.PATIENCE).strip();
        assertThat(Path.of("/proc", pid)).exists();

        running.dispose();

        assertThat(bench.environment.killsUnderWay()).isEqualTo(1);
        bench.environment.awaitKills().block(Bench.PATIENCE);
        assertThat(bench.environment.killsUnderWay()).isZero();
        assertThat(Path.of("/proc", pid)).doesNotExist();
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(StateDirectories.of(bench.toolbox)).isEmpty();
    }

    @Test
    void whatWasKilledBeforeItArrivedNeverRuns() {
        Bench bench = new Bench();
        ExecutionId id = new ExecutionId("neverever" + Math.floorMod(System.nanoTime(), 1_000_000), 1);
        ExecReply barred = raw(bench, id, Operation.KILL, Optional.empty());
        ExecReply late = raw(
                bench,
                id,
                Operation.START,
                Optional.of(new ExecCall.Start(
                        List.of("touch", "ran"),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        new ExecCall.Stdin.None(),
                        0,
                        List.of(),
                        Optional.empty())));
        assertThat(barred.claimed()).isTrue();
        assertThat(late.ending()).isEqualTo(ExecReply.Ending.KILLED);
        assertThat(late.claimed()).isFalse();
        assertThat(bench.exists("ran")).isFalse();
        raw(bench, id, Operation.CLEAN, Optional.empty());
    }

    @Test
    void anExecutionWhoseSupervisorWasKilledIsLostAndItsCommandIsKilled() {
        Bench bench = new Bench(() -> Fault.NONE, ExecSettings.DEFAULT.withHold(Duration.ofMillis(200))).fifo("up");
        String[] pid = new String[1];
        assertThatThrownBy(() -> bench.environment
                        .exec(ExecRequest.shell("echo $$ > up; sleep 300"))
                        .mergeWith(bench.hear("up")
                                .doOnNext(line -> pid[0] = line.strip())
                                .doOnNext(line -> killSupervisor(bench))
                                .then(Mono.empty()))
                        .blockLast(Bench.PATIENCE))
                .isInstanceOfSatisfying(
                        TransientException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.UNREACHABLE));
        bench.environment.awaitKills().block(Bench.PATIENCE);
        assertThat(Path.of("/proc", pid[0])).doesNotExist();
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    private static void killSupervisor(Bench bench) {
        try {
            String claim =
                    Files.readString(StateDirectories.of(bench.toolbox).get(0).resolve("1.c"));
            ProcessHandle.of(Long.parseLong(claim.split(" ")[1])).orElseThrow().destroyForcibly();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void outputThatWasReceivedIsDeletedWithTheNextRequest() {
        Bench bench = new Bench();
        exec(bench, "echo one");
        exec(bench, "echo two");
        Path state = StateDirectories.of(bench.toolbox).get(0);
        assertThat(state.resolve("1.o")).doesNotExist();
        assertThat(state.resolve("1.c")).as("the claim outlives replays").exists();
        assertThat(state.toFile().canRead()).isTrue();
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(state).doesNotExist();
    }

    @Test
    void aDeadSandboxIsOneErrorWithItsLastStateAskedForOnce() {
        Bench bench = new Bench(() -> Fault.REFUSED, Bench.hasty());
        bench.sandboxes.state = "stopped";
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> exec(bench, "true"))
                    .isInstanceOfSatisfying(
                            SandboxUnavailableException.class,
                            error -> assertThat(error.lastState()).isEqualTo("stopped"));
        }
        assertThat(bench.sandboxes.asked).hasValue(1);
        assertThatThrownBy(() -> {
                    Bench gone = new Bench(() -> Fault.REFUSED, Bench.hasty());
                    gone.sandboxes.state = "missing";
                    exec(gone, "true");
                })
                .isInstanceOfSatisfying(
                        SandboxUnavailableException.class,
                        error -> assertThat(error.lastState()).isEqualTo("deleted"));
    }

    @Test
    void anOutcomeThatCannotBeFoundOutIsSaidToBeUnknown() {
        Bench bench = new Bench(
                () -> Fault.ANSWER_LOST,
                ExecSettings.DEFAULT.withRecovery(Duration.ofMillis(300), Duration.ofMillis(5)));
        assertThatThrownBy(() -> exec(bench, "echo line >> log"))
                .isInstanceOfSatisfying(
                        TransientException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.UNREACHABLE));
        assertThat(bench.lines("log")).containsExactly("line");
        bench.environment.awaitKills().block(Bench.PATIENCE);
        StateDirectories.of(bench.toolbox).forEach(AtMostOnceTest::delete);
    }

    @Test
    void aUserMayBeANameOrANumber() {
        Bench bench = new Bench();
        org.junit.jupiter.api.Assumptions.assumeTrue(
                System.getProperty("user.name").equals("root"), "not root");
        assertThat(as(bench, "nobody", "id -un; echo $USER; echo $V")).isEqualTo("nobody\nnobody\nit's\n");
        assertThat(as(bench, "65534", "id -un")).isEqualTo("nobody\n");
        assertThat(as(bench, "4711", "id -u")).isEqualTo("4711\n");
        assertThat(as(bench, "root", "id -un")).isEqualTo("root\n");
        assertThat(as(bench, "0", "id -un")).isEqualTo("root\n");
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    @Test
    void aShellCanBeOpenedByAPerson() {
        assertThat(new Bench().environment.connection().block(Bench.PATIENCE).command())
                .containsExactly("ssh", "token@host");
        assertThat(new Bench()
                        .environment
                        .connection(List.of("docker", "exec", "-it", "abc", "/bin/sh"))
                        .block(Bench.PATIENCE)
                        .command())
                .as("ssh gives a terminal to one word, which it hands to a shell")
                .containsExactly("ssh", "token@host", "-t", "docker exec -it abc /bin/sh");
    }

    private static String as(Bench bench, String user, String line) {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", line))
                .user(user)
                .cwd("/")
                .env("V", "it's")
                .build();
        return bench.environment.exec(request).block(Bench.PATIENCE).stdout().text();
    }

    private static ExecReply raw(Bench bench, ExecutionId id, Operation operation, Optional<ExecCall.Start> start) {
        ExecCall call = new ExecCall(
                id, operation, ExecCall.Answer.atEnd(Duration.ofSeconds(5), 0, 1024), start, List.of(), List.of());
        return bench.toolbox
                .execute(new ExecuteCall(
                        () -> ProgramText.encode(call),
                        Optional.empty(),
                        Map.of(),
                        Optional.of(Duration.ofSeconds(30)),
                        Duration.ofSeconds(40)))
                .map(reply -> ReplyText.decode(reply.result(), id).orElseThrow())
                .block(Bench.PATIENCE);
    }

    private static ExecResult exec(Bench bench, String line) {
        return bench.environment.exec(ExecRequest.shell(line)).block(Bench.PATIENCE);
    }

    private static Fault next(Queue<Fault> faults) {
        Fault fault = faults.poll();
        return fault == null ? Fault.NONE : fault;
    }

    private static synchronized Fault random(Random random) {
        return random.nextInt(3) == 0 ? Fault.values()[random.nextInt(Fault.values().length)] : Fault.NONE;
    }

    private static void delete(Path directory) {
        try (var files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
