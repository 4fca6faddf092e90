/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.InvalidInputException;
import io.sandflock.engine.config.EvalDefinition;
import io.sandflock.engine.config.EvalFile;
import io.sandflock.engine.config.EvalOverrides;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which eval, and what of it is different this time. */
final class EvalOptions {

    @Parameters(arity = "0..1", paramLabel = "EVAL", description = "a folder with an eval.yaml, or the file itself")
    private @Nullable Path eval;

    @Option(
            names = "--dataset",
            paramLabel = "FILE",
            description = "dataset instead of the eval's: JSONL, JSON, CSV or YAML, gzip or not")
    private @Nullable Path dataset;

    @Option(
            names = "--sandbox",
            paramLabel = "SANDBOX",
            description =
                    "sandbox instead of the eval's: a snapshot's name, an image reference, a Dockerfile or a compose file")
    private @Nullable String sandbox;

    @Option(names = "--limit", paramLabel = "N", description = "the first N samples only")
    private @Nullable Integer limit;

    @Option(names = "--shard", paramLabel = "I/N", description = "of those, the I-th of N parts")
    private @Nullable String shard;

    @Option(names = "--epochs", paramLabel = "N", description = "run each sample N times")
    private @Nullable Integer epochs;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            description = "for each attempt at a sample, from its sandbox's start; for example 90s, 10m, 1h30m")
    private @Nullable String timeLimit;

    /** What was given, as a run remembers it, so that it can be resumed without giving it again. */
    Map<String, Object> remembered() {
        Map<String, Object> given = new LinkedHashMap<>();
        put(given, "eval", absolute(eval));
        put(given, "dataset", absolute(dataset));
        put(given, "sandbox", sandbox);
        put(given, "limit", limit);
        put(given, "shard", shard);
        put(given, "epochs", epochs);
        put(given, "time_limit", timeLimit);
        // A sandbox that is a file's path is meant relative to here.
        put(given, "folder", Path.of("").toAbsolutePath().toString());
        return given;
    }

    /** Takes what was not given from what a run remembers. */
    void recall(JsonNode remembered) {
        eval = eval == null ? path(remembered, "eval") : eval;
        dataset = dataset == null ? path(remembered, "dataset") : dataset;
        shard = shard == null ? text(remembered, "shard") : shard;
        timeLimit = timeLimit == null ? text(remembered, "time_limit") : timeLimit;
        limit = limit == null ? number(remembered, "limit") : limit;
        epochs = epochs == null ? number(remembered, "epochs") : epochs;
        sandbox = sandbox == null ? sandbox(remembered) : sandbox;
    }

    private static @Nullable String sandbox(JsonNode remembered) {
        String given = text(remembered, "sandbox");
        Path folder = path(remembered, "folder");
        if (given == null || folder == null) {
            return given;
        }
        Path file = folder.resolve(given);
        return Files.isRegularFile(file) ? file.toString() : given;
    }

    private static void put(Map<String, Object> given, String name, @Nullable Object value) {
        if (value != null) {
            given.put(name, value);
        }
    }

    private static @Nullable String absolute(@Nullable Path path) {
        return path == null ? null : path.toAbsolutePath().normalize().toString();
    }

    private static @Nullable Path path(JsonNode remembered, String name) {
        String text = text(remembered, name);
        return text == null ? null : Path.of(text);
    }

    private static @Nullable String text(JsonNode remembered, String name) {
        return remembered.path(name).isTextual() ? remembered.path(name).asText() : null;
    }

    private static @Nullable Integer number(JsonNode remembered, String name) {
        return remembered.path(name).isInt() ? remembered.path(name).asInt() : null;
    }

    /** What was named. */
    Optional<Path> path() {
        return Optional.ofNullable(eval);
    }

    /** Reads everything; blocks on files. */
    EvalDefinition load() {
        Path given = eval;
        if (given == null) {
            throw new InvalidInputException(
                    "EVAL", "no eval was given; expected a folder with an eval.yaml, or the file itself");
        }
        EvalOverrides overrides = new EvalOverrides(
                Optional.ofNullable(dataset),
                optional(limit),
                Optional.ofNullable(shard).map(EvalOverrides.Shard::parse),
                optional(epochs),
                Optional.ofNullable(timeLimit).map(text -> Times.parse("--time-limit", text)),
                Optional.empty(),
                Optional.ofNullable(sandbox));
        return EvalFile.load(given, overrides);
    }

    private static OptionalInt optional(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
