/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.RunSpec;
import io.sandflock.Sample;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The jobs of a run, numbered epoch by epoch, so that an early end has seen every sample once rather than some of them often.
 * Immutable.
 */
final class JobOrder {

    private final List<Sample> samples;
    private final int total;
    private final Map<String, Integer> positions = new HashMap<>();

    JobOrder(RunSpec spec) {
        samples = spec.samples();
        total = Math.multiplyExact(samples.size(), spec.epochs());
        for (int position = 0; position < samples.size(); position++) {
            positions.put(samples.get(position).id(), position);
        }
    }

    /** Samples times epochs. */
    int total() {
        return total;
    }

    Job job(int number, Past past) {
        return new Job(samples.get(number % samples.size()), 1 + number / samples.size(), past);
    }

    /** The job's number from 0; -1 when the run has no such job. */
    int numberOf(String sample, int epoch) {
        Integer position = positions.get(sample);
        long number = position == null || epoch < 1 ? -1 : (epoch - 1L) * samples.size() + position;
        return number < total ? (int) number : -1;
    }
}
