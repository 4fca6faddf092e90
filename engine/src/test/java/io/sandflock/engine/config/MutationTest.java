/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.fail;

import io.sandflock.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files with random bytes changed are read or refused with file and line; nothing else ever comes out. */
class MutationTest {

    private static final String DATASET =
            "{\"id\": \"a\", \"input\": \"x\", \"target\": [\"1\", 2], \"metadata\": {\"k\": 0.5}}\n"
                    + "{\"input\": \"y\", \"files\": {\"f\": \"t\"}, \"sandbox\": \"python:3\"}\n";
    private static final String LIST = "[" + DATASET.strip().replace("\n", ",\n") + "]";
    private static final String CSV = "id,input,target\na,\"x\ny\",1\nb,\"\"\"\",2\n";
    private static final String YAML =
            "- &a {id: a, input: x, metadata: {k: [1, *b, &b c]}}\n- {<<: *a, id: b}\n- input: |\n   y\n";
    private static final String EVAL = """
            name: n
            sandbox: {image: python}
            dataset: {path: d.jsonl, fields: {id: id, input: input, metadata: [k]}}
            files: {a: "{{{input}}}", "./b": "x"}
            command: [cat, "{{{id}}}"]
            env: {A: "1"}
            score: {pattern: "(a|b)*"}
            limits: {sample: 1h30m, output: 1.5k}
            """;

    private static final String SYNTAX = "{}[]:,\"'&*-|<>\n\r\t\0\\#!~ ";

    @TempDir
    private Path folder;

    @Test
    void changedBytesAreReadOrRefused() throws IOException {
        long seed = Long.getLong("sandflock.seed", 20261123);
        Random random = new Random(seed);
        String eval = "command: [cat]\ndataset: ";
        for (int round = 0; round < 150; round++) {
            String at = "seed " + seed + ", round " + round;
            read("d.jsonl", DATASET, eval + "d.jsonl\n", random, at);
            read("d.json", LIST, eval + "d.json\n", random, at);
            read("d.csv", CSV, eval + "d.csv\n", random, at);
            read("d.yaml", YAML, eval + "d.yaml\n", random, at);
            Files.writeString(folder.resolve("d.jsonl"), DATASET);
            read("eval.yaml", EVAL, EVAL, random, at);
        }
    }

    private void read(String name, String text, String eval, Random random, String at) throws IOException {
        Files.writeString(folder.resolve("eval.yaml"), eval);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = random.nextBoolean()
                    ? (byte) random.nextInt(256)
                    : (byte) SYNTAX.charAt(random.nextInt(SYNTAX.length()));
        }
        Files.write(folder.resolve(name), bytes);
        try {
            EvalFile.load(folder, EvalOverrides.NONE).runSpec();
        } catch (InvalidInputException e) {
            if (!e.getMessage()
                    .matches("(?s)" + java.util.regex.Pattern.quote(folder.toString()) + "/(eval|d)\\.\\w+:\\d+: .+")) {
                fail(at + ": " + name + " was refused without file and line: " + e.getMessage());
            }
        } catch (RuntimeException e) {
            fail(at + ": " + name + " threw " + e, e);
        }
    }
}
