/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecCall.Start;
import io.sandflock.engine.frame.ExecCall.Stdin;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Ending;
import io.sandflock.engine.frame.ExecReply.Status;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.frame.ReplyText;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.simulated.CommandScript.Result;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Machines without processes. */
class SimulatedSubstrateTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ExecutionId ID = new ExecutionId("abcdefgh", 1);
    private static final Answer AT_END = Answer.atEnd(Duration.ofSeconds(20), 0, 1 << 20);

    @Test
    void aSecondStartOfAnExecutionAttachesToTheFirst() {
        SimulatedSubstrate substrate = scripted(Result.of(3).stdout("out").stderr("err"));
        Machine machine = machine(substrate);
        ExecReply first = ask(machine, start(AT_END, 0));
        ExecReply second = ask(machine, start(AT_END, 0));
        assertThat(first.claimed()).isTrue();
        assertThat(second.claimed()).isFalse();
        assertThat(second.status()).isEqualTo(Status.DONE);
        assertThat(second.exitCode()).isEqualTo(3);
        assertThat(text(second.stdout())).isEqualTo("out");
        assertThat(text(second.stderr())).isEqualTo("err");
        assertThat(substrate.runs()).isEqualTo(Map.of("abcdefgh-1", 1L));
    }

    @Test
    void outputArrivesWhileTheCommandRuns() {
        Machine machine = machine(
                scripted(Result.of(0).stdout("a").pause(Duration.ofMinutes(5)).stdout("b")));
        ExecReply running = ask(machine, start(new Answer(20_000, true, 0, 0, 0, 100), 0));
        assertThat(running.status()).isEqualTo(Status.RUNNING);
        assertThat(text(running.stdout())).isEqualTo("a");
        ExecReply waited = ask(machine, attach(new Answer(50, true, 1, 0, 0, 100)));
        assertThat(waited.status()).isEqualTo(Status.RUNNING);
        assertThat(waited.stdout().bytes()).isEmpty();
        assertThat(ask(machine, new ExecCall(ID, Operation.KILL, AT_END, Optional.empty(), List.of(), List.of()))
                        .ending())
                .isEqualTo(Ending.KILLED);
    }

    @Test
    void aTimeoutKeepsWhatWasPrintedBefore() {
        Machine machine = machine(
                scripted(Result.of(0).stdout("a").pause(Duration.ofMinutes(5)).stdout("b")));
        ExecReply reply = ask(machine, start(AT_END, 50));
        assertThat(reply.ending()).isEqualTo(Ending.TIMED_OUT);
        assertThat(text(reply.stdout())).isEqualTo("a");
    }

    @Test
    void anExecutionThatWasKilledFirstNeverStarts() {
        SimulatedSubstrate substrate = scripted(Result.of(0));
        Machine machine = machine(substrate);
        ask(machine, new ExecCall(ID, Operation.KILL, AT_END, Optional.empty(), List.of(), List.of()));
        assertThat(ask(machine, start(AT_END, 0)).ending()).isEqualTo(Ending.KILLED);
        assertThat(substrate.runs()).isEmpty();
    }

    @Test
    void whatWasFreedIsUnknownAndStillNotRunAgain() {
        SimulatedSubstrate substrate = scripted(Result.of(0).stdout("x"));
        Machine machine = machine(substrate);
        ask(machine, start(AT_END, 0));
        ExecCall again = start(AT_END, 0);
        ExecReply freed =
                ask(machine, new ExecCall(ID, Operation.START, AT_END, again.start(), List.of(1L), List.of()));
        assertThat(freed.status()).isEqualTo(Status.UNKNOWN);
        assertThat(substrate.runs()).isEqualTo(Map.of("abcdefgh-1", 1L));
    }

    @Test
    void aStoppedMachineLosesWhatRuns() {
        Machine machine = machine(scripted(Result.of(0).pause(Duration.ofMinutes(5))));
        ask(machine, start(new Answer(0, false, 0, 0, 0, 100), 0));
        machine.stop().then(machine.start()).block(PATIENCE);
        assertThat(ask(machine, attach(AT_END)).status()).isEqualTo(Status.LOST);
    }

    @Test
    void argumentsAndInputCanBeUploaded() {
        SimulatedSubstrate substrate = SimulatedSubstrate.of(SimulatedOptions.DEFAULT.withScript(
                command -> Result.of(0).stdout(command.argv() + " " + command.env() + " " + command.input())));
        Machine machine = machine(substrate);
        Start whole = new Start(
                List.of("cat", "-n"),
                List.of("A=1"),
                Optional.empty(),
                Optional.empty(),
                new Stdin.Uploaded(),
                0,
                List.of(),
                Optional.of("/tmp/up"));
        write(machine, "/tmp/up/args", ProgramText.encodeArguments(ID, whole));
        write(machine, "/tmp/up/stdin", "typed".getBytes(StandardCharsets.UTF_8));
        Start start = new Start(
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Stdin.Uploaded(),
                0,
                List.of(),
                Optional.of("/tmp/up"));
        ExecReply reply =
                ask(machine, new ExecCall(ID, Operation.START, AT_END, Optional.of(start), List.of(), List.of()));
        assertThat(text(reply.stdout())).isEqualTo("[cat, -n] [A=1] typed");
        fails(machine.files().stat("/tmp/up").then(), Errno.ENOENT);
    }

    @Test
    void aTextThatIsNoProgramIsTheScriptsToAnswer() {
        Machine machine = machine(SimulatedSubstrate.of(SimulatedOptions.DEFAULT));
        MachineProcess shell = spawn(machine, false);
        feed(shell, "echo hi");
        assertThat(shell.exit().block(PATIENCE)).isEqualTo(127);
        assertThat(collected(shell.stderr())).contains("simulated").contains("CommandScript");
    }

    @Test
    void aSignalEndsAShellThatWaits() {
        Machine machine = machine(scripted(Result.of(0).pause(Duration.ofMinutes(5))));
        MachineProcess shell = spawn(machine, true);
        feed(shell, "sleep 300");
        shell.signal(9).block(PATIENCE);
        assertThat(shell.exit().block(PATIENCE)).isEqualTo(137);
        assertThat(collected(shell.stdout())).isEmpty();
    }

    @Test
    void filesAreWrittenListedMovedAndDeleted() {
        MachineFiles files = machine(scripted(Result.of(0))).files();
        write(files, "a/b/c.txt", "text".getBytes(StandardCharsets.UTF_8));
        assertThat(files.stat("/home/daytona/a/b/c.txt").block(PATIENCE).size()).isEqualTo(4);
        assertThat(files.list("a").block(PATIENCE)).singleElement().matches(MachineFiles.Stat::isDirectory);
        fails(files.read("a/missing").then(), Errno.ENOENT);
        fails(files.read("a").then(), Errno.EISDIR);
        fails(files.stat("a/b/c.txt/d").then(), Errno.ENOTDIR);
        fails(files.delete("a", false), Errno.EISDIR);
        fails(files.move("a", "/tmp"), Errno.EEXIST);
        files.move("a", "/tmp/../tmp/moved").block(PATIENCE);
        assertThat(collected(files.read("/tmp/moved/b/c.txt"))).isEqualTo("text");
        files.delete("/tmp/moved", true).block(PATIENCE);
        fails(files.stat("/tmp/moved/b").then(), Errno.ENOENT);
    }

    @Test
    void latenciesComeFromTheSeed() {
        Latency latency = new Latency.LogNormal(Duration.ofMillis(100), 0.5, Duration.ofSeconds(5));
        List<Duration> first = samples(latency, 7);
        assertThat(samples(latency, 7)).isEqualTo(first);
        assertThat(samples(latency, 8)).isNotEqualTo(first);
        List<Duration> sorted = first.stream().sorted().toList();
        assertThat(sorted.get(500)).isBetween(Duration.ofMillis(90), Duration.ofMillis(110));
        assertThat(sorted.get(990)).isBetween(Duration.ofMillis(250), Duration.ofMillis(420));
        Latency uniform = new Latency.Uniform(Duration.ofMillis(10), Duration.ofMillis(20));
        assertThat(samples(uniform, 1)).allMatch(time -> time.toMillis() >= 10 && time.toMillis() < 20);
    }

    @Test
    void aCreateThatIsCancelledLeavesNothing() {
        SimulatedSubstrate substrate = SimulatedSubstrate.of(SimulatedOptions.DEFAULT.with(
                SimulatedOptions.Operation.CREATE, new Latency.Fixed(Duration.ofMinutes(1))));
        StepVerifier.withVirtualTime(() -> substrate.create(spec()))
                .thenAwait(Duration.ofSeconds(30))
                .thenCancel()
                .verify(PATIENCE);
        assertThat(substrate.live()).isZero();
    }

    private static List<Duration> samples(Latency latency, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return java.util.stream.Stream.generate(() -> latency.sample(random))
                .limit(1_000)
                .toList();
    }

    private static SimulatedSubstrate scripted(Result result) {
        return SimulatedSubstrate.of(SimulatedOptions.DEFAULT.withScript(command -> result));
    }

    private static Machine machine(SimulatedSubstrate substrate) {
        return substrate.create(spec()).blockOptional(PATIENCE).orElseThrow();
    }

    private static MachineSpec spec() {
        return new MachineSpec("box", "daytona-small", Map.of(), "daytona", false, 1, 1, 3);
    }

    private static ExecCall start(Answer answer, long timeoutMillis) {
        Start start = new Start(
                List.of("true"),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                new Stdin.None(),
                timeoutMillis,
                List.of(),
                Optional.empty());
        return new ExecCall(ID, Operation.START, answer, Optional.of(start), List.of(), List.of());
    }

    private static ExecCall attach(Answer answer) {
        return new ExecCall(ID, Operation.ATTACH, answer, Optional.empty(), List.of(), List.of());
    }

    private static ExecReply ask(Machine machine, ExecCall call) {
        MachineProcess shell = spawn(machine, true);
        feed(shell, ProgramText.encode(call).text());
        return ReplyText.decode(collected(shell.stdout()), call.id()).orElseThrow();
    }

    private static MachineProcess spawn(Machine machine, boolean merge) {
        return machine.spawn(new ProcessSpec(List.of(machine.shell()), Optional.empty(), Map.of(), merge))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private static void feed(MachineProcess shell, String text) {
        shell.write(Flux.just(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))))
                .then(shell.closeStdin())
                .block(PATIENCE);
    }

    private static void write(Machine machine, String path, byte[] bytes) {
        write(machine.files(), path, bytes);
    }

    private static void write(MachineFiles files, String path, byte[] bytes) {
        files.write(path, Flux.just(ByteBuffer.wrap(bytes))).block(PATIENCE);
    }

    private static String collected(Flux<ByteBuffer> bytes) {
        return bytes.map(chunk -> StandardCharsets.UTF_8.decode(chunk).toString())
                .collectList()
                .map(all -> String.join("", all))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private static String text(ExecReply.Chunk chunk) {
        return new String(chunk.bytes(), StandardCharsets.UTF_8);
    }

    private static void fails(Mono<Void> action, Errno errno) {
        StepVerifier.create(action)
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                FileException.class,
                                file -> assertThat(file.errno()).isEqualTo(errno)))
                .verify(PATIENCE);
    }
}
