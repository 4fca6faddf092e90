/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.Outcome;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.Score;
import io.sandflock.Stage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.publisher.PublisherProbe;

class EvalTaskTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Sample SAMPLE =
            new Sample("s1", "question", List.of("answer"), Map.of("k", "v"), Optional.empty());
    private static final Command RUN = new Command.Argv(List.of(Template.literal("run"), Template.parse("{{{id}}}")));

    private final FakeEnvironment environment = new FakeEnvironment("default");

    private static TaskPlan plan(List<TaskFile> files, Optional<Script> setup) {
        return new TaskPlan(
                files,
                setup,
                Optional.of(RUN),
                Optional.of(Template.parse("in:{{{input}}}")),
                Map.of("TARGET", Template.parse("{{{target}}}")),
                Optional.of(Template.parse("/w/{{{metadata.k}}}")),
                Optional.of(Template.literal("nobody")),
                ScoreRule.exitCode(),
                Optional.of(Duration.ofSeconds(60)),
                1234);
    }

    private static TaskFile text(String environment, String path, String template) {
        return new TaskFile(environment, path, new TaskFile.Text(Template.parse(template)));
    }

    private static Script script(String text) {
        return Script.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Outcome run(TaskPlan plan, SampleContext context) {
        return new EvalTask(plan, Map.of()).run(context).block(PATIENCE);
    }

    @Test
    void aPlainSampleTakesOneUploadAndOneExecution() {
        FakeContext context = new FakeContext(SAMPLE, environment.answer(0, "out", ""));
        List<TaskFile> files = List.of(
                text("", "a.txt", "<{{{input}}}>"),
                text("", "/b", ""),
                new TaskFile("", "dir", new TaskFile.Local(Path.of("/host/dir"))));

        assertThat(run(plan(files, Optional.empty()), context)).isEqualTo(new Outcome.Scored(Score.of(1)));

        assertThat(environment.requests).containsExactly("upload", "exec");
        assertThat(environment.files).isEqualTo(Map.of("a.txt", "<question>", "/b", "", "dir", "local /host/dir"));
        assertThat(context.stages).containsExactly(Stage.FILES, Stage.COMMAND, Stage.SCORE);
        assertThat(context.recorded).hasSize(1);
        ExecRequest request = environment.executions.get(0);
        assertThat(request.argv()).containsExactly("run", "s1");
        assertThat(request.stdin().orElseThrow()).isEqualTo("in:question".getBytes(StandardCharsets.UTF_8));
        assertThat(request.env()).isEqualTo(Map.of("TARGET", "answer"));
        assertThat(request.cwd()).hasValue("/w/v");
        assertThat(request.user()).hasValue("nobody");
        assertThat(request.timeout()).hasValue(Duration.ofSeconds(60));
        assertThat(request.outputLimit()).isEqualTo(1234);
    }

    @Test
    void aSampleWithoutFilesTakesOneExecution() {
        FakeContext context = new FakeContext(SAMPLE, environment.answer(0, "", ""));
        assertThat(run(TaskPlan.of(new Command.Shell("true")), context).label()).isEqualTo("scored");
        assertThat(environment.requests).containsExactly("exec");
        assertThat(environment.executions.get(0).argv()).containsExactly("sh", "-c", "true");
        assertThat(environment.executions.get(0).stdin()).isEmpty();
        assertThat(context.stages).containsExactly(Stage.COMMAND, Stage.SCORE);
    }

    @Test
    void setupTravelsWithTheFilesAndRunsBeforeTheCommand() {
        environment.answer(0, "", "").answer(0, "", "");
        FakeContext context = new FakeContext(SAMPLE, environment);
        run(plan(List.of(text("", "a", "1")), Optional.of(script("echo hi\n"))), context);
        assertThat(environment.requests).containsExactly("upload", "exec", "exec");
        assertThat(environment.executions.get(0).argv()).containsExactly("sh", "/tmp/.sandflock-setup");
        assertThat(environment.executions.get(0).user()).isEmpty();
        assertThat(environment.executions.get(0).timeout()).isEmpty();
        assertThat(environment.files).containsEntry("/tmp/.sandflock-setup", "echo hi\n");
        assertThat(context.stages).containsExactly(Stage.FILES, Stage.SETUP, Stage.COMMAND, Stage.SCORE);
        assertThat(context.recorded).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo | sh",
                "#!/bin/bash | /bin/bash",
                "#! /usr/bin/env  python3 -u\\r | /usr/bin/env,python3 -u",
                "'#!  ' | sh",
            })
    void theProgramOfASetupScriptIsItsOwn(String first, String argv) {
        String text = first.replace("\\r", "\r") + "\nmore\n";
        List<String> expected = new ArrayList<>(List.of(argv.split(",")));
        expected.add("/p");
        assertThat(script(text).argv("/p")).isEqualTo(expected);
    }

    @Test
    void aFailedSetupIsATaskFailureWithItsLastLineAndTheCommandNeverRuns() {
        FakeContext context = new FakeContext(SAMPLE, environment.answer(3, "", "first\nno such package\n\n"));
        assertThat(run(plan(List.of(), Optional.of(script("x"))), context))
                .isEqualTo(new Outcome.TaskFailed("setup ended with exit code 3: no such package"));
        assertThat(environment.requests).containsExactly("upload", "exec");
        assertThat(context.recorded).hasSize(1);
    }

    @Test
    void aFileForAnotherServiceGoesThereInAnUploadOfItsOwn() {
        FakeEnvironment db = new FakeEnvironment("db");
        FakeContext context = new FakeContext(SAMPLE, environment.answer(0, "", ""), db);
        run(plan(List.of(text("", "a", "1"), text("db", "/b", "2"), text("db", "c", "3")), Optional.empty()), context);
        assertThat(environment.requests).containsExactly("upload", "exec");
        assertThat(db.requests).containsExactly("upload");
        assertThat(db.files).isEqualTo(Map.of("/b", "2", "c", "3"));
    }

    @Test
    void aFileForAServiceThatIsNotThereFailsBeforeAnythingIsWritten() {
        FakeContext context = new FakeContext(SAMPLE, environment);
        assertThat(run(plan(List.of(text("", "a", "1"), text("db", "/b", "2")), Optional.empty()), context))
                .isEqualTo(new Outcome.TaskFailed("a file is for the environment 'db'; the sandbox has: default"));
        assertThat(environment.requests).isEmpty();
    }

    @Test
    void aCommandThatRunsOutOfTimeIsTimedOutAndItsOutputKept() {
        CommandTimeoutException timeout = new CommandTimeoutException(
                Duration.ofSeconds(60), FakeEnvironment.result(137, "so far", ""), ErrorContext.NONE);
        FakeContext context = new FakeContext(SAMPLE, environment.answer(Mono.error(timeout)));
        assertThat(run(plan(List.of(), Optional.empty()), context))
                .isEqualTo(new Outcome.TimedOut("command", Duration.ofSeconds(60)));
        assertThat(context.recorded)
                .singleElement()
                .satisfies(result -> assertThat(result.stdout().text()).isEqualTo("so far"));
    }

    @Test
    void aDeadSandboxIsNeverAnOutcome() {
        SandboxUnavailableException dead = new SandboxUnavailableException("stopped", "gone", ErrorContext.NONE, null);
        FakeContext context = new FakeContext(SAMPLE, environment.answer(Mono.error(dead)));
        StepVerifier.create(new EvalTask(plan(List.of(), Optional.empty()), Map.of()).run(context))
                .expectErrorMatches(error -> error == dead)
                .verify(PATIENCE);
    }

    @Test
    void aSamplesOwnSettingsWin() {
        TaskPlan plan = plan(List.of(text("", "a", "eval's"), text("", "b", "eval's")), Optional.of(script("evals")));
        TaskPlan.Own own = new TaskPlan.Own(
                List.of(new TaskFile("", "b", new TaskFile.Text(Template.literal("{{{own}}}")))),
                Optional.of(script("own")),
                Optional.of(new Command.Shell("own")));
        environment.answer(0, "", "").answer(0, "", "");
        FakeContext context = new FakeContext(SAMPLE, environment);
        new EvalTask(plan, Map.of("s1", own)).run(context).block(PATIENCE);
        assertThat(environment.files)
                .isEqualTo(Map.of("a", "eval's", "b", "{{{own}}}", "/tmp/.sandflock-setup", "own"));
        assertThat(environment.executions.get(1).argv()).containsExactly("sh", "-c", "own");
    }

    @Test
    void nothingHappensBeforeTheSubscriptionAndEachOneIsAnAttempt() {
        environment.answer(0, "", "").answer(1, "", "");
        FakeContext context = new FakeContext(SAMPLE, environment);
        Mono<Outcome> run = new EvalTask(plan(List.of(), Optional.empty()), Map.of()).run(context);
        assertThat(environment.requests).isEmpty();
        assertThat(run.block(PATIENCE).label()).isEqualTo("scored");
        assertThat(run.block(PATIENCE).label()).isEqualTo("task_failed");
    }

    @Test
    void aCancelReachesTheCommandUnderWay() {
        PublisherProbe<ExecResult> probe = PublisherProbe.of(Mono.never());
        FakeContext context = new FakeContext(SAMPLE, environment.answer(probe.mono()));
        new EvalTask(plan(List.of(), Optional.empty()), Map.of())
                .run(context)
                .subscribe()
                .dispose();
        probe.assertWasCancelled();
        assertThat(context.stages).containsExactly(Stage.COMMAND);
    }

    @Test
    void whatWouldFailInEveryAttemptIsKnownBefore() {
        Sample nul = new Sample("a\u0000b", "", List.of(), Map.of(), Optional.empty());
        EvalTask task = new EvalTask(TaskPlan.of(RUN), Map.of());
        assertThat(task.problem(SAMPLE)).isEmpty();
        assertThat(task.problem(nul))
                .hasValue("command: a NUL character cannot be passed to a program; use stdin or a file");
        Command input = new Command.Argv(List.of(Template.parse("{{{input}}}")));
        Sample large = Sample.of("large", "x".repeat(131_072));
        assertThat(new EvalTask(TaskPlan.of(input), Map.of()).problem(large))
                .hasValueSatisfying(text -> assertThat(text).contains("cannot be one argument"));
    }
}
