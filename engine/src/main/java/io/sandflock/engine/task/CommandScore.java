/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.Outcome;
import io.sandflock.Sample;
import java.util.Optional;
import java.util.OptionalDouble;
import reactor.core.publisher.Mono;

/** See {@link ScoreRule#command}. */
final class CommandScore extends ScoreRule {

    private final Command command;

    CommandScore(Command command) {
        this.command = command;
    }

    @Override
    Mono<Outcome> score(Answer answer) {
        return Mono.defer(() -> answer.environment().exec(request(answer)))
                .map(CommandScore::outcome)
                .onErrorResume(
                        CommandTimeoutException.class,
                        error -> Mono.just(new Outcome.TimedOut("score command", error.timeout())));
    }

    private ExecRequest request(Answer answer) {
        TaskPlan plan = answer.plan();
        Sample sample = answer.sample();
        ExecRequest.Builder request = plan.request(command.argv(sample), sample);
        plan.cwd().ifPresent(text -> request.cwd(text.render(sample)));
        plan.user().ifPresent(text -> request.user(text.render(sample)));
        plan.commandLimit().ifPresent(request::timeout);
        return request.build();
    }

    private static Outcome outcome(ExecResult result) {
        int exitCode = result.exitCode();
        if (exitCode > 125) {
            return new Outcome.TaskFailed(
                    "the score command ended with exit code " + exitCode + LastLine.of(result.stderr()));
        }
        OptionalDouble number = Rewards.number(LastLine.text(result.stdout()));
        if (number.isPresent() && number.getAsDouble() >= 0 && number.getAsDouble() <= 1) {
            return scored(number.getAsDouble(), "");
        }
        return exitCode == 0
                ? scored(1, "")
                : scored(0, "the score command ended with exit code " + exitCode + LastLine.of(result.stderr()));
    }

    @Override
    Optional<String> problem(Sample sample) {
        return command.problem(sample);
    }

    @Override
    public String toString() {
        return "command";
    }
}
