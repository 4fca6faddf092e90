/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Outcome;
import io.sandflock.Sample;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** See {@link ScoreRule#exitCode}. */
final class ExitCodeScore extends ScoreRule {

    static final ExitCodeScore INSTANCE = new ExitCodeScore();

    private ExitCodeScore() {}

    @Override
    Mono<Outcome> score(Answer answer) {
        return Mono.fromSupplier(() -> answer.result().success()
                ? scored(1, "")
                : new Outcome.TaskFailed("exit code " + answer.result().exitCode()
                        + LastLine.of(answer.result().stderr())));
    }

    @Override
    Optional<String> problem(Sample sample) {
        return Optional.empty();
    }

    @Override
    public String toString() {
        return "exit_code";
    }
}
