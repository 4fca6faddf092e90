/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Outcome;
import io.sandflock.Sample;
import io.sandflock.Score;
import java.util.Optional;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/** How a sample's outcome is found once its command ended. */
public abstract sealed class ScoreRule permits TextScore, ExitCodeScore, PatternScore, CommandScore, FileScore {

    /** Exit code 0 is full marks; any other is a task failure. The output does not matter. */
    public static ScoreRule exitCode() {
        return ExitCodeScore.INSTANCE;
    }

    /** Standard output equals a target, blanks around both apart; upper and lower case differ. The exit code does not matter. */
    public static ScoreRule exact() {
        return TextScore.EXACT;
    }

    /** Standard output contains a target, blanks around it apart; upper and lower case are the same. The exit code does not matter. */
    public static ScoreRule includes() {
        return TextScore.INCLUDES;
    }

    /**
     * The first match in standard output, its first group if the pattern has one, equals a target as in {@link #exact}. A match
     * that takes too many steps is a task failure.
     */
    public static ScoreRule pattern(Pattern pattern) {
        return new PatternScore(pattern, PatternScore.DEFAULT_STEPS);
    }

    /**
     * A command that runs in the sandbox after the sample's: exit code 0 is 1.0, any other 0.0, unless its last line of standard
     * output is a number between 0 and 1, which then is the score. One that cannot be started (126, 127), or that a signal ends, is a
     * task failure.
     */
    public static ScoreRule command(Command command) {
        return new CommandScore(command);
    }

    /**
     * A file that the sample's command leaves, as Harbor's verifiers do. {@code *.json}: an object of numbers, of which
     * {@code reward} is the score, else the only one, else their mean. Any other name: one number. A missing, empty or unreadable
     * file is a task failure.
     *
     * @param path absolute, or relative to the environment's working directory
     */
    public static ScoreRule file(String path) {
        return new FileScore(path);
    }

    /** The outcome; cold. Errors are those of the environment. */
    abstract Mono<Outcome> score(Answer answer);

    /** Why this sample can never be scored, if it cannot. */
    abstract Optional<String> problem(Sample sample);

    static Outcome scored(double value, String explanation) {
        return new Outcome.Scored(new Score(value, explanation));
    }

    static Optional<String> needsTarget(Sample sample) {
        return sample.target().isEmpty()
                ? Optional.of("needs a target to compare with, and the sample has none")
                : Optional.empty();
    }
}
