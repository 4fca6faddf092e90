/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Duration;
import java.util.Optional;

/** How a sample ended. A closed set; a dead sandbox is never a score. */
public sealed interface Outcome {

    /** The name in results, for example {@code task_failed}. */
    String label();

    /** The score, for outcomes that have one. */
    default Optional<Score> score() {
        return Optional.empty();
    }

    /** One line for people; empty when there is nothing to add. */
    String message();

    /** The task ran to its end and was scored, well or badly. */
    record Scored(Score value) implements Outcome {
        @Override
        public String label() {
            return "scored";
        }

        @Override
        public Optional<Score> score() {
            return Optional.of(value);
        }

        @Override
        public String message() {
            return value.explanation();
        }
    }

    /** The task itself failed: its command under {@code score: exit_code}, its setup, its scorer. Counts as score 0. */
    record TaskFailed(String message) implements Outcome {
        @Override
        public String label() {
            return "task_failed";
        }

        @Override
        public Optional<Score> score() {
            return Optional.of(new Score(0, message));
        }
    }

    /**
     * A limit of the eval's ran out. Counts as score 0.
     *
     * @param what which limit, for example {@code command}
     */
    record TimedOut(String what, Duration limit) implements Outcome {
        @Override
        public String label() {
            return "timed_out";
        }

        @Override
        public Optional<Score> score() {
            return Optional.of(new Score(0, message()));
        }

        @Override
        public String message() {
            return "the " + what + " limit of " + limit.toMillis() / 1000.0 + " s ran out";
        }
    }

    /** The platform, the network or the sandbox failed, and retries did not help. Has no score. */
    record InfrastructureFailed(ErrorCode code, String message) implements Outcome {
        @Override
        public String label() {
            return "infrastructure_failed";
        }
    }

    /** The run was cancelled before the sample ended. Has no score. */
    record Cancelled(String message) implements Outcome {
        @Override
        public String label() {
            return "cancelled";
        }
    }
}
