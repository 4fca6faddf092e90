/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.InvalidInputException;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.task.TaskPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvalFileTest {

    private static final String ONE = "command: [\"true\"]\nsamples: [{id: a, input: x}]\n";

    @TempDir
    private Path temporary;

    private EvalFixture eval;

    @BeforeEach
    void folder() {
        eval = new EvalFixture(temporary.resolve("my-eval")).file("x.jsonl", "{\"input\": \"x\"}\n");
    }

    @Test
    void everySettingOfAnEvalFileIsRead() {
        eval.file("setup.sh", "#!/bin/sh\n").file("data/d.txt", "d").eval("""
                name: all of it
                sandbox: python:3.12
                dataset: {path: x.jsonl, fields: {input: input}}
                files:
                  a.txt: "{{{input}}}"
                  /opt/data: {path: data}
                setup: ./setup.sh
                command: ["cat", a.txt, 1.50, yes]
                stdin: "{{{id}}}"
                env: {KEY: "{{{input}}}", N: 007}
                cwd: /tmp
                user: 1000
                score: {file: reward.json}
                epochs: 3
                limits: {sample: 1m, command: 500ms, output: 64k}
                retry_on_error: 0
                """);
        EvalDefinition definition = eval.load();
        RunSpec run = definition.runSpec();
        TaskPlan plan = definition.task().planFor(definition.samples().get(0));
        assertThat(run.eval()).isEqualTo("all of it");
        assertThat(run.sandbox()).isEqualTo(SandboxSpec.image("python:3.12"));
        assertThat(run.epochs()).isEqualTo(3);
        assertThat(run.limits().sample()).isEqualTo(Duration.ofMinutes(1));
        assertThat(run.limits().retryOnError()).isZero();
        assertThat(plan.files()).extracting(file -> file.path()).containsExactly("a.txt", "/opt/data");
        assertThat(plan.setup()).isPresent();
        assertThat(plan.command().orElseThrow().argv(run.samples().get(0)))
                .containsExactly("cat", "a.txt", "1.50", "yes");
        assertThat(plan.env().get("N").render(run.samples().get(0))).isEqualTo("007");
        assertThat(plan.user().orElseThrow().render(run.samples().get(0))).isEqualTo("1000");
        assertThat(plan.commandLimit()).hasValue(Duration.ofMillis(500));
        assertThat(plan.outputLimit()).isEqualTo(65536);
        assertThat(plan.score()).hasToString("file");
        assertThat(run.details()).containsEntry("samples", 1).containsEntry("score", "file");
    }

    @Test
    void whatAnEvalFileDoesNotSayHasADefault() {
        EvalDefinition definition = eval.eval(ONE).load();
        assertThat(definition.name()).isEqualTo("my-eval");
        assertThat(definition.sandbox()).isEqualTo(SandboxSpec.defaultSnapshot());
        assertThat(definition.epochs()).isEqualTo(1);
        assertThat(definition.sampleLimit()).isEqualTo(Duration.ofMinutes(10));
        assertThat(definition.retryOnError()).isEqualTo(1);
        TaskPlan plan = definition.task().planFor(definition.samples().get(0));
        assertThat(plan.score()).hasToString("exit_code");
        assertThat(plan.outputLimit()).isEqualTo(10 << 20);
        assertThat(plan.commandLimit()).isEmpty();
    }

    @Test
    void inlineSamplesHaveInspectsNames() {
        EvalDefinition definition = eval.eval("""
                command: [cat]
                samples:
                  - {id: 7, input: "a", target: 42, metadata: {n: 1, deep: {list: [1, x, null, true, 1.5]}}}
                  - {input: "b", target: [x, 2], sandbox: my-snapshot, command: "echo $1", files: {f: "{{{none}}}"}}
                """).load();
        Sample first = definition.samples().get(0);
        Sample second = definition.samples().get(1);
        assertThat(first.id()).isEqualTo("7");
        assertThat(first.target()).containsExactly("42");
        assertThat(first.metadata())
                .isEqualTo(Map.of("n", 1L, "deep", Map.of("list", java.util.Arrays.asList(1L, "x", null, true, 1.5))));
        assertThat(second.id()).isEqualTo("2");
        assertThat(second.target()).containsExactly("x", "2");
        assertThat(second.sandbox()).hasValue(SandboxSpec.snapshot("my-snapshot"));
        assertThat(definition.task().planFor(second).command().orElseThrow().argv(second))
                .containsExactly("sh", "-c", "echo $1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "comand: [x] | eval.yaml:3: unknown key 'comand'; accepted: name, sandbox, dataset, samples, files, setup, command, stdin, env, cwd, user, score, epochs, limits, retry_on_error; did you mean 'command'?",
                "epochs: 0 | eval.yaml:3: epochs: expected a whole number of at least 1, was '0'",
                "epochs: many | eval.yaml:3: epochs: expected a whole number of at least 1, was 'many'",
                "epochs: [1] | eval.yaml:3: epochs: expected a whole number of at least 1, was a list",
                "retry_on_error: -1 | eval.yaml:3: retry_on_error: expected a whole number of at least 0, was '-1'",
                "limits: {comand: 1s} | eval.yaml:3: unknown key 'comand' in limits; accepted: sample, command, output; did you mean 'command'?",
                "limits: {sample: soon} | eval.yaml:3: limits.sample: not a duration: 'soon'; accepted: 10m, 60s, 1h30m, 500ms, or a number of seconds",
                "limits: {output: 2GiB} | eval.yaml:3: limits.output: must be at most 1024 MiB, was '2GiB'",
                "limits: 10m | eval.yaml:3: limits: expected a mapping with sample, command, output; was text",
                "name: a/b | eval.yaml:3: name: 'a/b'; accepted: 1 to 100 characters without / and \\, not beginning with a dot",
                "score: exat | eval.yaml:3: score: was 'exat'; accepted: exit_code, exact, includes, {pattern: re}, {command: [...]}, {file: reward.json}; did you mean 'exact'?",
                "score: {pattern: '('} | eval.yaml:3: score.pattern: Unclosed group at character 2",
                "score: exact | eval.yaml:2: sample 'a': score: needs a target to compare with, and the sample has none",
                "setup: ./no.sh | eval.yaml:3: setup: no such file: './no.sh' (looked for no.sh)",
                "setup: 'echo {{{input}}}' | eval.yaml:3: setup: a sample's data must not become shell text; use env or a file",
                "files: [a] | eval.yaml:3: files: expected a mapping of paths to contents, was a list",
                "files: {a: {path: no}} | eval.yaml:3: files.'a': no such file: 'no' (looked for no)",
                "files: {a: {pth: no}} | eval.yaml:3: files.'a': expected text or {path: file or folder}, was a mapping",
                "files: {a: '{{{inptu}}}'} | eval.yaml:3: files.'a': unknown name {{{inptu}}}; accepted: input, target, id, metadata.<key>",
                "files: {a: '{{{metadata.k}}}'} | eval.yaml:2: sample 'a': files.a: {{{metadata.k}}} is not in the sample; it has: input, id",
                "files: {'db:/a': x} | eval.yaml:2: sample 'a': files: 'db:' names a compose service, and the sandbox is no compose file; a path with a colon is written ./db:...",
                "env: {A-B: x} | eval.yaml:3: env: 'A-B' is no variable's name; accepted: letters, digits and _",
                "env: {A: } | eval.yaml:3: env.A: has no value; write \"\" for an empty one",
                "stdin: [x] | eval.yaml:3: stdin: expected text, was a list",
                "sandbox: [docker] | ~eval.yaml:3: sandbox: was a list; accepted: a Dockerfile (Dockerfile, Dockerfile.x, x.Dockerfile), a compose file (compose.yaml), an image reference (python:3.12), a snapshot's name, or {snapshot|image|dockerfile|compose: ...}~",
                "sandbox: ./Dockerfile | eval.yaml:3: sandbox: no such file: './Dockerfile' (looked for Dockerfile)",
                "~cwd: \"a\\0b\"~ | eval.yaml:2: sample 'a': cwd: a NUL character cannot be passed to a program; use stdin or a file",
                "dataset: x.jsonl | eval.yaml:2: samples: there is a dataset already; accepted: one of the two",
            })
    void aWrongSettingIsRefusedWithItsLineAndWhatIsAccepted(String line, String message) {
        assertThat(eval.eval(ONE + line + "\n").refusal()).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'' | eval.yaml:1: expected a mapping with a command, was text",
                "- a | eval.yaml:1: expected a mapping with a command, was a list",
                "a: [1 | eval.yaml:1: not YAML: while parsing a flow sequence: expected ',' or ']', but got <stream end>",
                "a: 1;a: 2 | eval.yaml:2: duplicate key 'a', first on line 1",
                "a: *b | eval.yaml:1: the alias '*b' names no anchor above it",
                "a: 1;---;b: 2 | eval.yaml:2: a second YAML document; expected one",
                "? [x];: y | eval.yaml:1: a key must be text, was a list",
                "command: x | eval.yaml:1: no samples; accepted: dataset: {path: file}, samples: [...], or --dataset",
                "samples: [] | eval.yaml:1: there are no samples in it",
                "samples: {} | eval.yaml:1: samples: expected a list of mappings, was a mapping",
                "samples: [x] | eval.yaml:1: a sample must be a mapping with an input, was text",
                "samples:; - {input: x} | eval.yaml:2: sample '1': has no command, and the eval has none",
                "samples:; - {inptu: x} | eval.yaml:2: unknown key 'inptu' in a sample; accepted: id, input, target, metadata, files, setup, sandbox, command; did you mean 'input'? (a dataset's other columns are taken by dataset.fields);eval.yaml:2: the sample has no 'input'; it has: inptu; did you mean 'inptu'?",
                "samples:; - {id: a, input: x}; - {id: a, input: y} | eval.yaml:3: duplicate id 'a', first on line 2",
                "samples:; - {id: ' ', input: x} | eval.yaml:2: id: ' '; accepted: 1 to 1000 characters, not all blank, no control characters",
                "samples:; - {input: [x]} | eval.yaml:2: input: expected text, was a list",
                "samples:; - {input: x, target: {}} | eval.yaml:2: target: expected text or a list of texts, was a mapping",
                "samples:; - {input: x, metadata: y} | eval.yaml:2: metadata: expected a mapping, was text",
                "command: 'echo {{{input}}}' | eval.yaml:1: command: a sample's data must not become shell text; use env, for example env: {INPUT: \"{{{input}}}\"} and \"$INPUT\", or a list of words;eval.yaml:1: no samples; accepted: dataset: {path: file}, samples: [...], or --dataset",
                "command: [];samples: [{input: x}] | eval.yaml:1: command: expected a list of words, or a line for sh -c; was a list with something else in it, or an empty one",
                "command: x;dataset:;  path: no.jsonl | eval.yaml:3: no such dataset: no.jsonl; put it there or name another one with --dataset",
                "command: x;dataset: {path: x.jsonl, fields: {inputs: a}} | eval.yaml:2: dataset.fields: unknown key 'inputs'; accepted: id, input, target, metadata, files, setup, sandbox, command; did you mean 'input'?",
            })
    void aWrongFileIsRefusedWithItsLine(String yaml, String message) {
        assertThat(eval.eval(yaml.replace(';', '\n')).refusal()).isEqualTo(message.replaceAll(";(?=eval)", "\n"));
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        assertThat(eval.eval("epochs: x\nscores: exact\nlimits: {sample: 0}\n" + ONE)
                        .refusal())
                .isEqualTo("""
                eval.yaml:2: unknown key 'scores'; accepted: name, sandbox, dataset, samples, files, setup, command, stdin, env, cwd, user, score, epochs, limits, retry_on_error; did you mean 'score'?
                eval.yaml:1: epochs: expected a whole number of at least 1, was 'x'
                eval.yaml:3: limits.sample: must be from 1ms to 365d, was '0'""");
    }

    @Test
    void aFloodOfProblemsIsCut() {
        String message = eval.eval("command: x\nsamples:\n" + " - {id: a, input: x}\n".repeat(500))
                .refusal();
        assertThat(message.lines()).hasSize(21);
        assertThat(message).endsWith("(reading stopped after 20 problems)");
    }

    @Test
    void aMissingEvalIsRefused() {
        assertThatThrownBy(() -> EvalFile.load(temporary.resolve("none"), EvalOverrides.NONE))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(temporary + "/none: no such eval; expected an eval file, or a folder with an eval.yaml");
        assertThatThrownBy(() -> EvalFile.load(temporary, EvalOverrides.NONE))
                .hasMessage(temporary + ": the folder has no eval.yaml");
    }

    @Test
    void anEvalFileCanBeNamedItself() {
        eval.file("other.yml", ONE + "name: other\n");
        assertThat(EvalFile.load(eval.folder.resolve("other.yml"), EvalOverrides.NONE)
                        .name())
                .isEqualTo("other");
    }

    @Test
    void optionsWinOverTheFile() {
        eval.eval(
                        "command: x\nepochs: 2\nlimits: {sample: 1m, command: 1s}\nsandbox: snap\ndataset: {path: gone.jsonl}\n")
                .file("other.csv", "input\n1\n2\n3\n4\n5\n6\n7\n");
        EvalOverrides overrides = EvalOverrides.NONE
                .withDataset(eval.folder.resolve("other.csv"))
                .withLimit(5)
                .withShard(EvalOverrides.Shard.parse("2/2"))
                .withEpochs(4)
                .withSampleLimit(Duration.ofSeconds(7))
                .withCommandLimit(Duration.ofSeconds(3))
                .withSandbox("alpine:3");
        EvalDefinition definition = eval.load(overrides);
        assertThat(definition.samples()).extracting(Sample::id).containsExactly("2", "4");
        assertThat(definition.epochs()).isEqualTo(4);
        assertThat(definition.sampleLimit()).isEqualTo(Duration.ofSeconds(7));
        assertThat(definition.sandbox()).isEqualTo(SandboxSpec.image("alpine:3"));
        assertThat(definition.task().planFor(definition.samples().get(0)).commandLimit())
                .hasValue(Duration.ofSeconds(3));
    }

    @Test
    void theShardsOfARunTakeEverySampleOnce() {
        eval.eval("command: x\ndataset: n.csv\n").file("n.csv", "input\n1\n2\n3\n4\n5\n6\n7\n");
        List<String> ids = new java.util.ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            eval.load(EvalOverrides.NONE.withShard(new EvalOverrides.Shard(i, 3)))
                    .samples()
                    .forEach(s -> ids.add(s.id()));
        }
        assertThat(ids).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6", "7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0/2", "3/2", "1", "a/b", "1/0", "-1/2", ""})
    void aShardOutOfRangeIsRefused(String shard) {
        assertThatThrownBy(() -> EvalOverrides.Shard.parse(shard))
                .hasMessage("--shard: must be i/n with i from 1 to n, was "
                        + (shard.matches("\\d/\\d") ? shard : "'" + shard + "'"));
    }

    @Test
    void optionsThatAreWrongAreNamed() {
        eval.eval(ONE);
        assertThat(eval.refusal(EvalOverrides.NONE.withDataset(Path.of("/none.jsonl"))))
                .isEqualTo("--dataset: no such dataset: /none.jsonl; put it there or name another one with --dataset");
        assertThat(eval.refusal(EvalOverrides.NONE.withSandbox("no way")))
                .startsWith("--sandbox: 'no way' is no sandbox; accepted: ");
        assertThatThrownBy(() -> EvalOverrides.NONE.withLimit(0)).hasMessage("--limit: must be at least 1, was 0");
        assertThatThrownBy(() -> EvalOverrides.NONE.withEpochs(-1)).hasMessage("--epochs: must be at least 1, was -1");
    }

    @Test
    void mergedAndRepeatedMappingsAreRead() {
        EvalDefinition definition = eval.eval("""
                command: [cat]
                samples:
                  - &one {id: a, input: x, metadata: &m {k: 1}}
                  - {<<: *one, id: b}
                  - {id: c, input: y, metadata: *m}
                """).load();
        assertThat(definition.samples()).extracting(Sample::input).containsExactly("x", "x", "y");
        assertThat(definition.samples()).extracting(Sample::metadata).containsOnly(Map.of("k", 1L));
    }
}
