/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.ExecRequest;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.task.TaskPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The evals in {@code src/examples}: they are documentation, so they must load and be right. */
class ExamplesTest {

    private static final Path ROOT =
            Path.of(System.getProperty("sandflock.root", "..")).toAbsolutePath().normalize();
    private static final Path EXAMPLES = ROOT.resolve("src/examples");

    @TempDir
    private Path work;

    /** The shared data lies beside the repository, or further up when this is a worktree. */
    private static Path humanEval() {
        for (Path folder = ROOT; folder != null; folder = folder.getParent()) {
            Path data = folder.resolve("shared/data/HumanEval.jsonl.gz");
            if (Files.isReadable(data)) {
                return data;
            }
        }
        assumeTrue("true".equals(System.getenv("CI")), "no shared/data/HumanEval.jsonl.gz above " + ROOT);
        throw new AssertionError("no shared/data/HumanEval.jsonl.gz above " + ROOT + ", and CI=true");
    }

    private static java.util.List<Sample> arithmetic() {
        return EvalFile.load(EXAMPLES.resolve("arithmetic"), EvalOverrides.NONE).samples();
    }

    @Test
    void arithmeticIsADozenSamplesOnTheDefaultSnapshot() {
        EvalDefinition definition = EvalFile.load(EXAMPLES.resolve("arithmetic"), EvalOverrides.NONE);
        assertThat(definition.samples()).hasSize(12);
        assertThat(definition.sandbox()).isEqualTo(SandboxSpec.defaultSnapshot());
        assertThat(definition.name()).isEqualTo("arithmetic");
    }

    /** With a real shell, in a folder instead of a sandbox: the samples are our own. */
    @ParameterizedTest
    @MethodSource("arithmetic")
    void everyArithmeticSampleIsRightByConstruction(Sample sample) throws IOException, InterruptedException {
        TaskPlan plan = EvalFile.load(EXAMPLES.resolve("arithmetic"), EvalOverrides.NONE)
                .task()
                .planFor(sample);
        for (var file : plan.files()) {
            Files.write(
                    work.resolve(file.path()),
                    ((io.sandflock.FileContent.Bytes) file.content().of(sample)).bytes());
        }
        Process process = new ProcessBuilder(
                        ExecRequest.builder(plan.command().orElseThrow().argv(sample))
                                .build()
                                .argv())
                .directory(work.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(sample.target()).contains(output.strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"humaneval", "humaneval/eval.yaml", "humaneval/pass.yaml"})
    void humanEvalHas164Samples(String eval) {
        EvalDefinition definition = EvalFile.load(EXAMPLES.resolve(eval), EvalOverrides.NONE.withDataset(humanEval()));
        assertThat(definition.samples()).hasSize(164).extracting(Sample::id).contains("HumanEval/0", "HumanEval/163");
        assertThat(definition.runSpec().limits().sample()).isEqualTo(Duration.ofMinutes(10));
        Sample sample = definition.samples().get(2);
        String solution = new String(
                ((io.sandflock.FileContent.Bytes) definition
                                .task()
                                .planFor(sample)
                                .files()
                                .get(0)
                                .content()
                                .of(sample))
                        .bytes(),
                java.nio.charset.StandardCharsets.UTF_8);
        assertThat(solution).startsWith("\n\ndef truncate_number").endsWith("check(truncate_number)\n");
        assertThat(solution.contains("    pass\n")).isEqualTo(eval.endsWith("pass.yaml"));
        assertThat(solution.contains("return number % 1.0")).isEqualTo(!eval.endsWith("pass.yaml"));
    }
}
