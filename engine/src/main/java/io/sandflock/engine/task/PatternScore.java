/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Outcome;
import io.sandflock.Sample;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** See {@link ScoreRule#pattern}. */
final class PatternScore extends ScoreRule {

    /** About a second of one thread. */
    static final long DEFAULT_STEPS = 200_000_000;

    private final Pattern pattern;
    private final long steps;

    PatternScore(Pattern pattern, long steps) {
        this.pattern = pattern;
        this.steps = steps;
    }

    @Override
    Mono<Outcome> score(Answer answer) {
        // Off the event loop: hostile output can make any backtracking pattern slow.
        return Mono.fromCallable(() -> match(answer)).subscribeOn(Schedulers.boundedElastic());
    }

    private Outcome match(Answer answer) {
        Matcher matcher = pattern.matcher(new Counted(answer.result().stdout().text(), new Budget(steps)));
        try {
            if (!matcher.find()) {
                return scored(0, "the output does not match the score pattern");
            }
        } catch (TooManySteps e) {
            return new Outcome.TaskFailed("the score pattern took more than " + steps + " steps on this output");
        } catch (StackOverflowError e) {
            // java.util.regex recurses for groups that repeat; the stack is whole again here.
            return new Outcome.TaskFailed("the score pattern nests too deeply on this output");
        }
        String group = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
        boolean right = group != null
                && answer.sample().target().stream()
                        .anyMatch(target -> target.strip().equals(group.strip()));
        return right ? scored(1, "") : scored(0, "what the score pattern found equals no target");
    }

    @Override
    Optional<String> problem(Sample sample) {
        return needsTarget(sample);
    }

    @Override
    public String toString() {
        return "pattern";
    }

    /** Used by one thread. */
    private static final class Budget {
        private long left;

        Budget(long steps) {
            this.left = steps;
        }

        void take() {
            if (--left < 0) {
                throw new TooManySteps();
            }
        }
    }

    /** Text that counts how often it is looked at: the only handle on a matcher that backtracks. */
    private record Counted(String text, Budget budget) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            budget.take();
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.substring(start, end), budget);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final class TooManySteps extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManySteps() {
            super("too many steps", null, false, false);
        }
    }
}
