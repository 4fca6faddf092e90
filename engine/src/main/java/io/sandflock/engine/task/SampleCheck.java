/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Sample;
import java.util.Map;
import java.util.Optional;

/** Finds what would fail in every attempt of a sample, before there is one. */
final class SampleCheck {

    private SampleCheck() {}

    /** The first problem, with the setting that has it; never with a value. */
    static Optional<String> problem(TaskPlan plan, Sample sample) {
        if (plan.command().isEmpty()) {
            return Optional.of("has no command, and the eval has none");
        }
        for (TaskFile file : plan.files()) {
            Optional<String> problem = file.content().problem(sample);
            if (problem.isPresent()) {
                return named("files." + file.path(), problem);
            }
        }
        return named("command", plan.command().flatMap(command -> command.problem(sample)))
                .or(() -> named("stdin", plan.stdin().flatMap(text -> text.problem(sample))))
                .or(() -> env(plan, sample))
                .or(() -> named("cwd", plan.cwd().flatMap(text -> argument(text, sample))))
                .or(() -> named("user", plan.user().flatMap(text -> argument(text, sample))))
                .or(() -> named("score", plan.score().problem(sample)));
    }

    private static Optional<String> env(TaskPlan plan, Sample sample) {
        for (Map.Entry<String, Template> variable : plan.env().entrySet()) {
            Optional<String> problem = argument(variable.getValue(), sample);
            if (problem.isPresent()) {
                return named("env." + variable.getKey(), problem);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> argument(Template template, Sample sample) {
        return template.problem(sample).or(() -> Arguments.problem(template.render(sample)));
    }

    private static Optional<String> named(String setting, Optional<String> problem) {
        return problem.map(text -> setting + ": " + text);
    }
}
