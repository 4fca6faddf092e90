/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.config.EvalDefinition;
import io.sandflock.engine.config.EvalFile;
import io.sandflock.engine.config.EvalOverrides;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which eval, and what of it is different this time. */
final class EvalOptions {

    @Parameters(paramLabel = "EVAL", description = "a folder with an eval.yaml, or the file itself")
    private Path eval = Path.of("");

    @Option(
            names = "--dataset",
            paramLabel = "FILE",
            description = "dataset instead of the eval's: JSONL, JSON, CSV or YAML, gzip or not")
    private @Nullable Path dataset;

    @Option(
            names = "--sandbox",
            paramLabel = "SANDBOX",
            description = "sandbox instead of the eval's: a snapshot's name, an image reference, a Dockerfile or a compose file")
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

    /** Reads everything; blocks on files. */
    EvalDefinition load() {
        EvalOverrides overrides = new EvalOverrides(
                Optional.ofNullable(dataset),
                optional(limit),
                Optional.ofNullable(shard).map(EvalOverrides.Shard::parse),
                optional(epochs),
                Optional.ofNullable(timeLimit).map(text -> Times.parse("--time-limit", text)),
                Optional.empty(),
                Optional.ofNullable(sandbox));
        return EvalFile.load(eval, overrides);
    }

    private static OptionalInt optional(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
