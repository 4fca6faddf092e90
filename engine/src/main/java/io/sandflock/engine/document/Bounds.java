/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.document;

/**
 * How much is read before a file is refused: what a hostile dataset can cost. One instance for each file, used by one thread.
 *
 * <p>The values are chosen so that a file at all of its bounds fits a heap of two gigabytes.
 */
public final class Bounds {

    /** Bytes of an eval file, and of a setup script. */
    public static final long EVAL_BYTES = 1L << 20;
    /** Bytes of a dataset, after decompression. */
    public static final long DATASET_BYTES = 256L << 20;
    /** Characters of one text, one number, and of one line of JSONL. */
    public static final int TEXT = 16 << 20;
    /** Samples of a dataset. */
    public static final int SAMPLES = 500_000;
    /** Lists and mappings in each other. */
    public static final int DEPTH = 64;
    /** Values, counted as often as an alias repeats them. */
    public static final int EVAL_VALUES = 100_000;
    /** As above, of a dataset. */
    public static final int DATASET_VALUES = 4_000_000;

    private final String file;
    private final int values;
    private int taken;

    public Bounds(String file, int values) {
        this.file = file;
        this.values = values;
    }

    /** Counts values. */
    public void take(int count, int line) {
        // Compared this way round: the sum may overflow.
        if (count > values - taken) {
            throw Problems.at(
                    file,
                    line,
                    "more than " + values + " values in this file (aliases count as what they repeat)",
                    null);
        }
        taken += count;
    }

    public int taken() {
        return taken;
    }

    public void depth(int depth, int line) {
        if (depth > DEPTH) {
            throw Problems.at(file, line, "lists and mappings nest deeper than " + DEPTH + " levels", null);
        }
    }
}
