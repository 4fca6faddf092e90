/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.task.TaskPlan;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetTest {

    private static final String JSONL =
            "{\"id\": \"a\", \"input\": \"x\", \"target\": [\"1\", 2], \"metadata\": {\"k\": 0.5}}\n"
                    + "\n{\"input\": \"y\\ny\"}\n";
    private static final String JSON =
            "[{\"id\": \"a\", \"input\": \"x\", \"target\": [\"1\", 2], \"metadata\": {\"k\": 0.5}},\n"
                    + "{\"input\": \"y\\ny\"}]\n";
    private static final String YAML =
            "- {id: a, input: x, target: ['1', 2], metadata: {k: 0.5}}\n- input: |-\n    y\n    y\n";

    @TempDir
    private Path temporary;

    private EvalFixture eval;

    @BeforeEach
    void folder() {
        eval = new EvalFixture(temporary.resolve("e"));
    }

    private EvalFixture dataset(String name, String text) {
        return dataset(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private EvalFixture dataset(String name, byte[] content) {
        return eval.eval("command: [cat]\ndataset: " + name + "\n").file(name, content);
    }

    private static void assertBoth(EvalDefinition definition) {
        assertThat(definition.samples())
                .containsExactly(
                        new Sample("a", "x", List.of("1", "2"), Map.of("k", 0.5), java.util.Optional.empty()),
                        Sample.of("2", "y\ny"));
    }

    @Test
    void everyFormatIsReadCompressedOrNot() {
        Map<String, String> formats = Map.of(
                "d.jsonl",
                JSONL,
                "d.ndjson",
                JSONL,
                "d.json",
                JSON,
                "e.json",
                JSONL,
                "d.yaml",
                YAML,
                "d.yml",
                YAML,
                "data",
                JSON);
        formats.forEach((name, text) -> {
            assertBoth(dataset(name, text).load());
            assertBoth(dataset(name + ".gz", EvalFixture.gzip(text)).load());
            // By content, not by name.
            assertBoth(dataset(name, EvalFixture.gzip(text)).load());
        });
    }

    @Test
    void aByteOrderMarkAndCrlfAreNoPartOfTheData() {
        assertBoth(dataset("d.jsonl", "\uFEFF" + JSONL.replace("\n", "\r\n")).load());
        assertBoth(dataset("d.json", "\uFEFF" + JSON.replace("\n", "\r\n")).load());
        assertBoth(dataset("d.yaml", "\uFEFF" + YAML.replace("\n", "\r\n")).load());
        assertThat(dataset("d.csv", "\uFEFFid,input\r\na,x\r\n").load().samples())
                .extracting(Sample::id)
                .containsExactly("a");
    }

    @Test
    void csvIsReadAsRfc4180HasIt() {
        String csv = "id,input,target,metadata,files,sandbox,command\r\n"
                + "a,\"one, \"\"two\"\"\nthree\",t,\"{\"\"k\"\": [1]}\",\"{\"\"f\"\": \"\"c\"\"}\",python:3,run it\r\n"
                + "\r\n"
                + ",,,,,,";
        EvalDefinition definition = dataset("d.csv", csv).load();
        Sample first = definition.samples().get(0);
        TaskPlan plan = definition.task().planFor(first);
        assertThat(first.input()).isEqualTo("one, \"two\"\nthree");
        assertThat(first.target()).containsExactly("t");
        assertThat(first.metadata()).isEqualTo(Map.of("k", List.of(1L)));
        assertThat(first.sandbox()).hasValue(SandboxSpec.image("python:3"));
        assertThat(plan.files()).extracting(file -> file.path()).containsExactly("f");
        assertThat(plan.command().orElseThrow().argv(first)).containsExactly("sh", "-c", "run it");
        assertThat(definition.samples().get(1)).isEqualTo(Sample.of("2", ""));
    }

    @Test
    void fieldsMapColumnsAndLeaveTheOthers() {
        eval.eval("""
                command: [cat]
                dataset:
                  path: d.jsonl
                  fields: {id: task, input: prompt, target: answer, metadata: [a, b, c], command: run}
                """).file("d.jsonl", """
                {"task": 7, "prompt": "p", "answer": "t", "a": {"n": 1}, "b": null, "other": 1, "run": ["x", 1], "setup": "no"}
                """);
        EvalDefinition definition = eval.load();
        Sample sample = definition.samples().get(0);
        TaskPlan plan = definition.task().planFor(sample);
        assertThat(sample.id()).isEqualTo("7");
        assertThat(sample.input()).isEqualTo("p");
        assertThat(sample.target()).containsExactly("t");
        assertThat(sample.metadata()).isEqualTo(Map.of("a", Map.of("n", 1L)));
        assertThat(plan.command().orElseThrow().argv(sample)).containsExactly("x", "1");
        assertThat(plan.setup()).isEmpty();
    }

    @Test
    void metadataKeepsItsTypes() {
        String json =
                "{\"input\": \"\", \"metadata\": {\"s\": \"x\", \"i\": 12345678901, \"big\": 123456789012345678901, \"d\": 1e3,"
                        + " \"t\": true, \"n\": null, \"l\": [1, null]}}";
        Map<String, Object> metadata =
                dataset("d.jsonl", json).load().samples().get(0).metadata();
        assertThat(metadata)
                .containsEntry("s", "x")
                .containsEntry("i", 12345678901L)
                .containsEntry("big", new java.math.BigInteger("123456789012345678901"))
                .containsEntry("d", 1000.0)
                .containsEntry("t", true)
                .containsEntry("n", null)
                .containsEntry("l", Arrays.asList(1L, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "d.jsonl | {\"input\": \"x\"}¶{\"input\": | d.jsonl:2: not JSON at column 10: Unexpected end-of-input within/between Object entries",
                "d.jsonl | {\"input\": \"x\"}¶¶nonsense | d.jsonl:3: not JSON at column 1: Unrecognized token 'nonsense': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                "d.jsonl | {\"input\": \"x\"} {} | d.jsonl:1: something follows the JSON value; expected one for each line",
                "d.jsonl | {\"input\": \"x\", \"input\": 1} | d.jsonl:1: not JSON at column 23: Duplicate field 'input'",
                "d.jsonl | [1] | d.jsonl:1: a sample must be a mapping with an input, was a list",
                "d.jsonl | {\"input\": \"x\", \"note\": 1} | d.jsonl:1: unknown key 'note' in a sample; accepted: id, input, target, metadata, files, setup, sandbox, command (a dataset's other columns are taken by dataset.fields)",
                "d.jsonl | {\"id\": \"a\", \"input\": \"\"}¶{\"id\": \"b\", \"input\": \"\"}¶{\"id\": \"a\", \"input\": \"\"} | d.jsonl:3: duplicate id 'a', first on line 1",
                "d.jsonl | {\"id\": 2, \"input\": \"\"}¶{\"input\": \"\"} | d.jsonl:2: duplicate id '2', first on line 1",
                "d.jsonl | {\"id\": {}, \"input\": \"\"} | d.jsonl:1: id: expected text or a number, was a mapping",
                "d.jsonl | {\"input\": \"\", \"files\": {\"a\": {\"path\": \"/etc/passwd\"}}} | d.jsonl:1: files.'a': the path '/etc/passwd' leaves the eval's folder; a dataset may name files inside it only",
                "d.jsonl | {\"input\": \"\", \"setup\": \"../x.sh\"} | d.jsonl:1: setup: the path '../x.sh' leaves the eval's folder; a dataset may name files inside it only",
                "d.jsonl | {\"input\": \"\", \"sandbox\": \"/srv/compose.yaml\"} | d.jsonl:1: sandbox: the path '/srv/compose.yaml' leaves the eval's folder; a dataset may name files inside it only",
                "d.jsonl | {\"input\": \"\", \"files\": {\"\": \"x\"}} | d.jsonl:1: files.'': a file's path must not be empty and must not hold a NUL character",
                "d.jsonl | ¶ | d.jsonl:1: there are no samples in it",
                "d.json | [{\"input\": \"x\"},¶ {\"input\": 1¶] | d.json:3: not JSON at column 1: Unexpected close marker ']': expected '}'",
                "d.json | [] | d.json:1: there are no samples in it",
                "d.json | [{\"input\": \"x\"}] x | d.json:1: not JSON at column 18: Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                "d.txt | hello | d.txt:1: not a dataset; accepted: .jsonl, .json, .csv, .yaml, each with .gz or not",
                "d.csv | id,input¶a,b¶c | d.csv:3: 1 values for the 2 columns of the header",
                "d.csv | id,input¶a,\"b¶c | d.csv:2: a quote that is never closed",
                "d.csv | id,input¶a,\"b\"c | d.csv:2: text after a closing quote; expected a comma or the line's end",
                "d.csv | id,input¶a,b\"c | d.csv:2: a quote inside a value that does not begin with one",
                "d.csv | id,id¶a,b | d.csv:1: duplicate column 'id'",
                "d.csv | id,¶a,b | d.csv:1: column 2 of the header has no name",
                "d.csv | ~~ | d.csv:1: expected a header with the columns' names, was nothing",
                "d.csv | id,input,metadata¶a,b,c | d.csv:2: not JSON at column 1: Unrecognized token 'c': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                "d.csv | id,input¶a,\"x¶y\"¶a,b | d.csv:4: duplicate id 'a', first on line 2",
                "d.yaml | - {input: x}¶- {input: [}¶ | d.yaml:2: not YAML: while parsing a flow node: expected the node content, but found '}'",
                "d.yaml | a: 1 | d.yaml:1: expected a list of samples, each a mapping",
                "d.yaml | - input: x¶  input: y | d.yaml:2: duplicate key 'input', first on line 1",
            })
    void aWrongDatasetIsRefusedWithItsLine(String name, String text, String message) {
        assertThat(dataset(name, text.replace('¶', '\n')).refusal()).isEqualTo(message);
    }

    @Test
    void aColumnThatIsNotThereIsNamedWithTheNearest() {
        eval.eval("command: x\ndataset: {path: d.jsonl, fields: {id: task_id, input: promt}}\n")
                .file("d.jsonl", "{\"task_id\": \"t\", \"prompt\": \"p\"}\n{\"prompt\": \"p\"}\n");
        assertThat(eval.refusal()).isEqualTo("""
                d.jsonl:1: the sample has no 'promt' for its input; it has: task_id, prompt; did you mean 'prompt'?
                d.jsonl:2: the sample has no 'task_id' for its id; it has: prompt
                d.jsonl:2: the sample has no 'promt' for its input; it has: prompt; did you mean 'prompt'?""");
    }

    @Test
    void bytesThatAreNotUtf8AreFoundByTheirLine() {
        byte[] bytes = "{\"input\": \"x\"}\n{\"input\": \"?\"}\n".getBytes(StandardCharsets.UTF_8);
        bytes[26] = (byte) 0xe9;
        assertThat(dataset("d.jsonl", bytes).refusal()).isEqualTo("d.jsonl:2: not UTF-8 (byte 0xe9)");
        assertThat(dataset("d.json", bytes).refusal()).isEqualTo("d.json:2: not UTF-8 (byte 0xe9)");
        assertThat(dataset("d.csv", bytes).refusal()).isEqualTo("d.csv:2: not UTF-8 (byte 0xe9)");
        assertThat(dataset("d.yaml", bytes).refusal()).isEqualTo("d.yaml:2: not UTF-8 (byte 0xe9)");
        assertThat(dataset("d.yaml", "- {input: x}\n- {input: \u0007}\n").refusal())
                .isEqualTo("d.yaml:2: control character 0x7 in YAML");
    }

    @Test
    void damagedGzipIsNamed() {
        byte[] whole = EvalFixture.gzip("{\"input\": \"x\"}\n".repeat(1000));
        assertThat(dataset("d.jsonl.gz", Arrays.copyOf(whole, whole.length - 12))
                        .refusal())
                .startsWith("d.jsonl.gz:")
                .contains(": the gzip data is damaged or incomplete (");
        assertThat(dataset("d.jsonl.gz", Arrays.copyOf(whole, 5)).refusal())
                .startsWith("d.jsonl.gz:1: the gzip data is damaged or incomplete (");
        byte[] flipped = whole.clone();
        flipped[flipped.length / 2] ^= 0x55;
        assertThat(dataset("d.jsonl.gz", flipped).refusal()).startsWith("d.jsonl.gz:");
        assertThat(dataset("d.jsonl.gz", "not gzip").refusal())
                .isEqualTo("d.jsonl.gz:1: not gzip, although its name says so; compress it, or take .gz from its name");
    }

    @Test
    void aSmallFileThatDecompressesWithoutEndIsCutOff() throws IOException {
        dataset("bomb.csv", "");
        byte[] blanks = ("\n".repeat(1 << 20)).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(eval.folder.resolve("bomb.csv")))) {
            out.write("input\n".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 257; i++) {
                out.write(blanks);
            }
        }
        assertThat(Files.size(eval.folder.resolve("bomb.csv"))).isLessThan(1 << 20);
        assertThat(eval.refusal()).contains("cannot be read: more than 256 MiB, uncompressed");
    }

    @Test
    void aLineWithoutEndIsCutOff() {
        String line = "{\"input\": \"" + "x".repeat((16 << 20) + 1) + "\"}";
        assertThat(dataset("d.jsonl", line).refusal())
                .isEqualTo("d.jsonl:1: the line is longer than 16777216 characters");
    }

    @Test
    void nestingIsBounded() {
        String deep = "{\"input\": \"x\", \"metadata\": {\"k\": " + "[".repeat(10_000) + "]".repeat(10_000) + "}}";
        assertThat(dataset("d.jsonl", deep).refusal())
                .isEqualTo("d.jsonl:1: lists and mappings nest deeper than 64 levels");
        String yaml = "- input: x\n  metadata: {k: " + "[".repeat(10_000) + "]".repeat(10_000) + "}\n";
        assertThat(dataset("d.yaml", yaml).refusal())
                .isEqualTo("d.yaml:2: lists and mappings nest deeper than 64 levels");
    }

    @Test
    void aliasesThatMultiplyAreCutOff() {
        StringBuilder bomb = new StringBuilder(
                "command: x\nsamples:\n - input: x\n   metadata:\n    a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("    a").append(i).append(": &a").append(i).append(" [");
            bomb.append(("*a" + (i - 1) + ",").repeat(9))
                    .append("*a")
                    .append(i - 1)
                    .append("]\n");
        }
        assertThat(eval.eval(bomb.toString()).refusal())
                .endsWith("more than 100000 values in this file (aliases count as what they repeat)");
        assertThat(eval.eval("command: x\nsamples:\n - input: x\n   metadata: &m {k: *m}\n")
                        .refusal())
                .isEqualTo("eval.yaml:4: the alias '*m' names no anchor above it");
    }

    @Test
    void aLimitReadsNoFurther() {
        EvalFixture damaged = dataset("d.jsonl", "{\"input\": \"x\"}\nnonsense\n");
        assertThat(damaged.load(EvalOverrides.NONE.withLimit(1)).samples()).hasSize(1);
    }

    @Test
    void aFolderIsNoDataset() throws IOException {
        Files.createDirectories(eval.folder.resolve("d.jsonl"));
        assertThat(eval.eval("command: x\ndataset: d.jsonl\n").refusal())
                .isEqualTo("eval.yaml:2: the dataset d.jsonl is not a readable file");
    }

    @Test
    void bracesInDataAreData() {
        EvalDefinition definition = dataset(
                        "d.jsonl",
                        "{\"input\": \"{{{nope}}} {{{\", \"command\": [\"echo\", \"{{{x}}}\"], \"files\": {\"f\": \"{{{\"}}")
                .load();
        Sample sample = definition.samples().get(0);
        assertThat(definition.task().planFor(sample).command().orElseThrow().argv(sample))
                .containsExactly("echo", "{{{x}}}");
    }
}
