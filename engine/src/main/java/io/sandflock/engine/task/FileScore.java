/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.FileException;
import io.sandflock.LimitExceededException;
import io.sandflock.Outcome;
import io.sandflock.Sample;
import java.util.Locale;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** See {@link ScoreRule#file}. */
final class FileScore extends ScoreRule {

    /** Bytes of a reward file; a larger one is a task failure. */
    static final long LIMIT = 1L << 20;

    private final String path;

    FileScore(String path) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "a reward file's path must not be empty and must not hold a NUL character");
        }
        this.path = path;
    }

    @Override
    Mono<Outcome> score(Answer answer) {
        return Mono.defer(() -> answer.environment().readFile(path, LIMIT))
                .map(this::outcome)
                .onErrorResume(
                        FileException.class, error -> failed(error.errno().text()))
                .onErrorResume(LimitExceededException.class, error -> failed("more than " + LIMIT + " bytes"));
    }

    private Outcome outcome(byte[] content) {
        boolean json = path.toLowerCase(Locale.ROOT).endsWith(".json");
        try {
            return scored(json ? Rewards.ofJson(content) : Rewards.ofText(content), "");
        } catch (IllegalArgumentException e) {
            return new Outcome.TaskFailed("the reward file " + path + ": " + e.getMessage());
        }
    }

    private Mono<Outcome> failed(String reason) {
        return Mono.just(new Outcome.TaskFailed("the reward file " + path + ": " + reason));
    }

    @Override
    Optional<String> problem(Sample sample) {
        return Optional.empty();
    }

    @Override
    public String toString() {
        return "file";
    }
}
