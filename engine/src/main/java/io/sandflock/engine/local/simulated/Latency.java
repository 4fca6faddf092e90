/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import java.time.Duration;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** How long something takes. */
public sealed interface Latency {

    /** Nothing: the answer comes on the thread that asked. */
    Latency NONE = new Fixed(Duration.ZERO);

    /** A time; never negative. */
    Duration sample(RandomGenerator random);

    /** Always the same. */
    record Fixed(Duration time) implements Latency {
        /** Refuses negative times. */
        public Fixed {
            refuseNegative(time);
        }

        @Override
        public Duration sample(RandomGenerator random) {
            return time;
        }
    }

    /** Every time between the two, equally often. */
    record Uniform(Duration least, Duration most) implements Latency {
        /** Refuses negative times, and a range upside down. */
        public Uniform {
            refuseNegative(least);
            if (most.compareTo(least) < 0) {
                throw new IllegalArgumentException("most must not be less than least");
            }
        }

        @Override
        public Duration sample(RandomGenerator random) {
            return least.plusNanos(
                    (long) (random.nextDouble() * most.minus(least).toNanos()));
        }
    }

    /**
     * What services have: a body around the median, and a long tail.
     *
     * @param median half of all are below
     * @param sigma of the logarithm: 0.5 puts the 99th percentile at 3.2 times the median, 1 at 10 times
     * @param most cut off here
     */
    record LogNormal(Duration median, double sigma, Duration most) implements Latency {
        /** Refuses what is no distribution. */
        public LogNormal {
            refuseNegative(median);
            refuseNegative(most);
            if (!(sigma >= 0) || sigma > 10) {
                throw new IllegalArgumentException("sigma must be between 0 and 10, was " + sigma);
            }
        }

        @Override
        public Duration sample(RandomGenerator random) {
            double nanos = median.toNanos() * Math.exp(sigma * random.nextGaussian());
            return nanos >= most.toNanos() ? most : Duration.ofNanos((long) nanos);
        }
    }

    private static void refuseNegative(Duration time) {
        if (Objects.requireNonNull(time, "time").isNegative()) {
            throw new IllegalArgumentException("a latency must not be negative, was " + time);
        }
    }
}
