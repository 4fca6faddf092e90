/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ErrorContext;
import io.sandflock.Outcome;
import io.sandflock.Sample;
import io.sandflock.SandboxUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class ScoreRuleTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FakeEnvironment environment = new FakeEnvironment("default");

    private static Sample sample(String... targets) {
        return new Sample("s", "q", List.of(targets), Map.of(), Optional.empty());
    }

    private Outcome score(ScoreRule rule, int exitCode, String stdout, String stderr, String... targets) {
        TaskPlan plan = TaskPlan.of(new Command.Shell("x"));
        Answer answer =
                new Answer(sample(targets), environment, FakeEnvironment.result(exitCode, stdout, stderr), plan);
        return rule.score(answer).block(PATIENCE);
    }

    /** The outcome and its value, or its message: {@code scored 0.5}, {@code task_failed why}. */
    private static String line(Outcome outcome) {
        return outcome instanceof Outcome.Scored scored
                ? "scored " + scored.value().value()
                : outcome.label() + " " + outcome.message();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | '' | scored 1.0",
                "0 | warning | scored 1.0",
                "1 | '' | task_failed exit code 1",
                "1 | 'Traceback:\n  at x\nAssertionError\n' | task_failed exit code 1: AssertionError",
                "137 | 'a\u001b[31mred\u0007' | task_failed exit code 137: a [31mred",
                "2 | '\n \n' | task_failed exit code 2",
            })
    void exitCodeZeroIsFullMarksAndAnyOtherATaskFailure(int exitCode, String stderr, String outcome) {
        assertThat(line(score(ScoreRule.exitCode(), exitCode, "", stderr))).isEqualTo(outcome);
    }

    @Test
    void aLongLastLineIsCut() {
        Outcome outcome = score(ScoreRule.exitCode(), 1, "", "y".repeat(100_000));
        assertThat(outcome.message()).isEqualTo("exit code 1: " + "y".repeat(300) + "...");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "42 | scored 1.0",
                "' 42\r\n\n' | scored 1.0",
                "forty-two | scored 1.0",
                "Forty-two | scored 0.0",
                "42 and more | scored 0.0",
                "'' | scored 0.0",
            })
    void exactComparesWithEveryTargetBlanksAroundApart(String stdout, String outcome) {
        assertThat(line(score(ScoreRule.exact(), 0, stdout, "", "42\n", "forty-two")))
                .isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "The answer is PARIS. | scored 1.0",
                "lyon and nice | scored 1.0",
                "Rome | scored 0.0",
                "'' | scored 0.0",
            })
    void includesFindsAnyTargetInEitherCase(String stdout, String outcome) {
        assertThat(line(score(ScoreRule.includes(), 0, stdout, "", " Paris ", "Lyon")))
                .isEqualTo(outcome);
    }

    @Test
    void aWrongTextIsAScoreThatNamesTheExitCodeAndNeverTheTarget() {
        Outcome outcome = score(ScoreRule.exact(), 127, "", "sh: 1: nope: not found\n", "secret");
        assertThat(outcome.label()).isEqualTo("scored");
        assertThat(outcome.message()).isEqualTo("the output equals no target (exit code 127): sh: 1: nope: not found");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'ANSWER: 42' ; ANSWER: (\\d+) ; scored 1.0",
                "'ANSWER: 41' ; ANSWER: (\\d+) ; scored 0.0",
                "'x 42 y' ; \\d+ ; scored 1.0",
                "'a\nANSWER: 42' ; (?m)^ANSWER: (\\w+)$ ; scored 1.0",
                "nothing ; \\d+ ; scored 0.0",
                "'b' ; (a)?b ; scored 0.0",
            })
    void aPatternsFirstGroupOrWholeMatchIsCompared(String stdout, String pattern, String outcome) {
        assertThat(line(score(ScoreRule.pattern(Pattern.compile(pattern)), 0, stdout, "", "42")))
                .isEqualTo(outcome);
    }

    @Test
    void aPatternThatBacktracksWithoutEndIsATaskFailure() {
        ScoreRule rule = new PatternScore(Pattern.compile("(.*,){11,}P"), 1_000_000);
        Outcome outcome = score(rule, 0, "1,".repeat(200), "", "42");
        assertThat(line(outcome))
                .isEqualTo("task_failed the score pattern took more than 1000000 steps on this output");
    }

    @Test
    void aPatternThatOverflowsTheStackIsATaskFailure() {
        Outcome outcome = score(ScoreRule.pattern(Pattern.compile("(a|b)*c")), 0, "ab".repeat(500_000), "", "42");
        assertThat(outcome).isInstanceOf(Outcome.TaskFailed.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | '' | '' | scored 1.0",
                "0 | 'all good\n' | '' | scored 1.0",
                "0 | 'tests: 3 of 4\n0.75\n' | '' | scored 0.75",
                "0 | '0' | '' | scored 0.0",
                "0 | '7' | '' | scored 1.0",
                "0 | '-0.5' | '' | scored 1.0",
                "0 | 'NaN' | '' | scored 1.0",
                "1 | '' | '' | scored 0.0",
                "1 | '1e-1' | '' | scored 0.1",
                "127 | '1' | 'sh: no' | task_failed the score command ended with exit code 127: sh: no",
                "137 | '1' | '' | task_failed the score command ended with exit code 137",
            })
    void aScoreCommandsLastNumberWinsOverItsExitCode(int exitCode, String stdout, String stderr, String outcome) {
        environment.answer(exitCode, stdout, stderr);
        Command command = new Command.Argv(List.of(Template.literal("grade"), Template.parse("{{{target}}}")));
        assertThat(line(score(ScoreRule.command(command), 1, "", "", "42"))).isEqualTo(outcome);
        assertThat(environment.executions.get(0).argv()).containsExactly("grade", "42");
    }

    @Test
    void aScoreCommandThatRunsOutOfTimeIsTimedOut() {
        environment.answer(Mono.error(new CommandTimeoutException(
                Duration.ofSeconds(5), FakeEnvironment.result(137, "", ""), ErrorContext.NONE)));
        assertThat(score(ScoreRule.command(new Command.Shell("sleep 9")), 0, "", ""))
                .isEqualTo(new Outcome.TimedOut("score command", Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "r.json | {\"reward\": 0.25, \"other\": 9} | scored 0.25",
                "r.json | {\"accuracy\": 0.5} | scored 0.5",
                "r.json | {\"a\": 1, \"b\": 0} | scored 0.5",
                "r.json | {\"a\": 1e308, \"b\": 1e308, \"c\": 1e308} | the mean of its numbers is not finite",
                "r.json | {} | is not an object of numbers, for example {\"reward\": 1.0}",
                "r.json | [1] | is not an object of numbers, for example {\"reward\": 1.0}",
                "r.json | {\"reward\": \"1\"} | 'reward' is not a number",
                "r.json | {\"reward\": true} | 'reward' is not a number",
                "r.json | {\"reward\": 1e999} | 'reward' is not a number",
                "r.json | {\"a\": {\"b\": 1}} | 'a' is not a number",
                "r.json | {\"reward\": 1} {} | is not JSON",
                "r.json | {\"reward\": 1, \"reward\": 0} | is not JSON",
                "r.json | ~ ~ | is empty; expected an object of numbers, for example {\"reward\": 1.0}",
                "r.txt | ~ 0.5\n~ | scored 0.5",
                "r.txt | -2 | scored -2.0",
                "r.txt | ~~ | is empty; expected one number",
                "r.txt | 1 2 | is not one number",
                "r.txt | 0x1p3 | is not one number",
                "r.txt | Infinity | is not one number",
            })
    void aRewardFileIsReadAsHarborsVerifiersWriteIt(String path, String content, String outcome) {
        environment.files.put(path, content);
        String expected =
                outcome.startsWith("scored") ? outcome : "task_failed the reward file " + path + ": " + outcome;
        assertThat(line(score(ScoreRule.file(path), 1, "", ""))).isEqualTo(expected);
    }

    @Test
    void aMissingOrEndlessRewardFileIsATaskFailureThatNamesIt() {
        assertThat(line(score(ScoreRule.file("logs/r.json"), 0, "", "")))
                .isEqualTo("task_failed the reward file logs/r.json: No such file or directory");
        environment.files.put("big", "1".repeat(2 << 20));
        assertThat(line(score(ScoreRule.file("big"), 0, "", "")))
                .isEqualTo("task_failed the reward file big: more than 1048576 bytes");
    }

    @Test
    void aNestedRewardIsRefusedWithoutRecursion() {
        environment.files.put("r.json", "[".repeat(1 << 19));
        assertThat(line(score(ScoreRule.file("r.json"), 0, "", "")))
                .isEqualTo("task_failed the reward file r.json: is not JSON");
    }

    @Test
    void aSandboxThatDiesWhileScoringIsNoScore() {
        environment.answer(Mono.error(new SandboxUnavailableException("error", "gone", ErrorContext.NONE, null)));
        Answer answer = new Answer(
                sample(), environment, FakeEnvironment.result(0, "", ""), TaskPlan.of(new Command.Shell("x")));
        StepVerifier.create(ScoreRule.command(new Command.Shell("x")).score(answer))
                .expectError(SandboxUnavailableException.class)
                .verify(PATIENCE);
    }

    @Test
    void aSampleWithoutTargetCannotBeComparedWithOne() {
        for (ScoreRule rule :
                List.of(ScoreRule.exact(), ScoreRule.includes(), ScoreRule.pattern(Pattern.compile("x")))) {
            assertThat(rule.problem(sample())).as("%s", rule).isPresent();
            assertThat(rule.problem(sample("x"))).as("%s", rule).isEmpty();
        }
        assertThat(ScoreRule.includes().problem(sample(" "))).hasValue("a blank target is in every output");
        assertThat(ScoreRule.exitCode().problem(sample())).isEmpty();
    }
}
