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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Which eval, and what of it is different this time. */
final class EvalOptions {

    private @Nullable Path eval;
    private @Nullable Path dataset;
    private @Nullable String sandbox;
    private @Nullable Integer limit;
    private @Nullable String shard;
    private @Nullable Integer epochs;
    private @Nullable String timeLimit;

    /** For commands that are read from their annotations, and have this as a mixin. */
    @Mixin
    private final CommandSpec spec = declared();

    /** For those that are not. */
    CommandSpec spec() {
        return spec;
    }

    private CommandSpec declared() {
        return Declared.spec(null)
                .addPositional(PositionalParamSpec.builder()
                        .type(Path.class)
                        .getter(Declared.getter(() -> eval))
                        .setter(Declared.<Path>setter(value -> eval = value))
                        .index("0")
                        .arity("0..1")
                        .paramLabel("EVAL")
                        .description("a folder with an eval.yaml, or the file itself")
                        .build())
                .addOption(Declared.option("--dataset", Path.class, () -> dataset, value -> dataset = value)
                        .paramLabel("FILE")
                        .description("dataset instead of the eval's: JSONL, JSON, CSV or YAML, gzip or not")
                        .build())
                .addOption(Declared.option("--sandbox", String.class, () -> sandbox, value -> sandbox = value)
                        .paramLabel("SANDBOX")
                        .description(
                                "sandbox instead of the eval's: a snapshot's name, an image reference, a Dockerfile or a compose file")
                        .build())
                .addOption(Declared.option("--limit", Integer.class, () -> limit, value -> limit = value)
                        .paramLabel("N")
                        .description("the first N samples only")
                        .build())
                .addOption(Declared.option("--shard", String.class, () -> shard, value -> shard = value)
                        .paramLabel("I/N")
                        .description("of those, the I-th of N parts")
                        .build())
                .addOption(Declared.option("--epochs", Integer.class, () -> epochs, value -> epochs = value)
                        .paramLabel("N")
                        .description("run each sample N times")
                        .build())
                .addOption(Declared.option("--time-limit", String.class, () -> timeLimit, value -> timeLimit = value)
                        .paramLabel("TIME")
                        .description(
                                "for each attempt at a sample, from its sandbox's start; for example 90s, 10m, 1h30m")
                        .build());
    }

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
