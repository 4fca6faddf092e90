/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.document.Problems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What options of the command line say instead of the eval file. Values out of range are refused with the option's name.
 *
 * @param dataset a dataset in the place of the eval's, or of its own samples; relative to the process's working directory
 * @param limit only the first samples; at least 1
 * @param shard of those, only every n-th
 * @param epochs how often each sample is run; at least 1
 * @param sampleLimit time for a sample
 * @param commandLimit time for its command
 * @param sandbox the eval's sandbox setting; a sample's own still wins; paths are relative to the process's working directory
 */
public record EvalOverrides(
        Optional<Path> dataset,
        OptionalInt limit,
        Optional<Shard> shard,
        OptionalInt epochs,
        Optional<Duration> sampleLimit,
        Optional<Duration> commandLimit,
        Optional<String> sandbox) {

    /** The eval file as it is. */
    public static final EvalOverrides NONE = new EvalOverrides(
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /** Refuses values out of range. */
    public EvalOverrides {
        atLeastOne("--limit", limit);
        atLeastOne("--epochs", epochs);
    }

    private static void atLeastOne(String option, OptionalInt value) {
        if (value.isPresent() && value.getAsInt() < 1) {
            throw new InvalidInputException(option, "must be at least 1, was " + value.getAsInt());
        }
    }

    /** With another dataset. */
    public EvalOverrides withDataset(Path path) {
        return new EvalOverrides(Optional.of(path), limit, shard, epochs, sampleLimit, commandLimit, sandbox);
    }

    /** With the first samples only. */
    public EvalOverrides withLimit(int samples) {
        return new EvalOverrides(dataset, OptionalInt.of(samples), shard, epochs, sampleLimit, commandLimit, sandbox);
    }

    /** With one shard only. */
    public EvalOverrides withShard(Shard part) {
        return new EvalOverrides(dataset, limit, Optional.of(part), epochs, sampleLimit, commandLimit, sandbox);
    }

    /** With another number of epochs. */
    public EvalOverrides withEpochs(int number) {
        return new EvalOverrides(dataset, limit, shard, OptionalInt.of(number), sampleLimit, commandLimit, sandbox);
    }

    /** With another limit for samples. */
    public EvalOverrides withSampleLimit(Duration time) {
        return new EvalOverrides(dataset, limit, shard, epochs, Optional.of(time), commandLimit, sandbox);
    }

    /** With another limit for commands. */
    public EvalOverrides withCommandLimit(Duration time) {
        return new EvalOverrides(dataset, limit, shard, epochs, sampleLimit, Optional.of(time), sandbox);
    }

    /** With another sandbox setting. */
    public EvalOverrides withSandbox(String setting) {
        return new EvalOverrides(dataset, limit, shard, epochs, sampleLimit, commandLimit, Optional.of(setting));
    }

    /**
     * One part of a run that several machines share: samples index, index + count, index + 2 count, ...
     *
     * @param index from 1
     * @param count how many parts there are
     */
    public record Shard(int index, int count) {

        private static final Pattern TEXT = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

        /** Refuses an index outside of the count. */
        public Shard {
            if (index < 1 || index > count) {
                throw new InvalidInputException(
                        "--shard", "must be i/n with i from 1 to n, was " + index + "/" + count);
            }
        }

        /** {@code i/n}. */
        public static Shard parse(String text) {
            Matcher parts = TEXT.matcher(text);
            if (!parts.matches()) {
                throw new InvalidInputException(
                        "--shard", "must be i/n with i from 1 to n, was " + Problems.shown(text));
            }
            return new Shard(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
        }

        /** Whether the sample of this number, from 1, belongs to this part. */
        boolean takes(int number) {
            return (number - index) % count == 0;
        }
    }
}
