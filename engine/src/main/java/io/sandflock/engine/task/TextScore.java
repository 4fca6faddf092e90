/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Outcome;
import io.sandflock.Sample;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiPredicate;
import reactor.core.publisher.Mono;

/** See {@link ScoreRule#exact} and {@link ScoreRule#includes}. */
final class TextScore extends ScoreRule {

    static final TextScore EXACT = new TextScore("exact", String::equals);
    static final TextScore INCLUDES = new TextScore(
            "includes", (output, target) -> output.toLowerCase(Locale.ROOT).contains(target.toLowerCase(Locale.ROOT)));

    private final String name;
    private final BiPredicate<String, String> matches;

    private TextScore(String name, BiPredicate<String, String> matches) {
        this.name = name;
        this.matches = matches;
    }

    @Override
    Mono<Outcome> score(Answer answer) {
        return Mono.fromSupplier(() -> {
            String output = answer.output();
            boolean right = answer.sample().target().stream().anyMatch(target -> matches.test(output, target.strip()));
            return right ? scored(1, "") : scored(0, wrong(answer));
        });
    }

    // Neither output nor target is named: both may be long, and the target is often kept from the reader.
    private String wrong(Answer answer) {
        int exitCode = answer.result().exitCode();
        String verb = name.equals("exact") ? "equals" : "includes";
        return "the output " + verb + " no target" + (exitCode == 0 ? "" : " (exit code " + exitCode + ")")
                + (exitCode == 0 ? "" : LastLine.of(answer.result().stderr()));
    }

    @Override
    Optional<String> problem(Sample sample) {
        boolean blank = this == INCLUDES && sample.target().stream().anyMatch(String::isBlank);
        return blank ? Optional.of("a blank target is in every output") : needsTarget(sample);
    }

    @Override
    public String toString() {
        return name;
    }
}
