/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.CommandTimeoutException;
import io.sandflock.Environment;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.Outcome;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.SampleTask;
import io.sandflock.Stage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Does with a sample what an eval file says: files, setup, command, score. A sample without setup takes one upload (none without
 * files) and one execution.
 *
 * <p>Immutable, safe for use by several threads. On cancel the step under way is cancelled and no other one starts.
 */
public final class EvalTask implements SampleTask {

    // Outside the working directory, where it could be taken for a part of the problem.
    private static final String SETUP_PATH = "/tmp/.sandflock-setup";

    private final TaskPlan plan;
    private final Map<String, TaskPlan.Own> own;

    /**
     * A task.
     *
     * @param plan for every sample
     * @param own what samples have of their own, by id; most are missing
     */
    public EvalTask(TaskPlan plan, Map<String, TaskPlan.Own> own) {
        this.plan = plan;
        this.own = Map.copyOf(own);
    }

    /** Why this sample cannot be run, if it cannot: known before any sandbox exists. Holds no value of the sample's. */
    public Optional<String> problem(Sample sample) {
        return SampleCheck.problem(planFor(sample), sample);
    }

    /** What is done with this sample: the eval's plan with the sample's own in it. */
    public TaskPlan planFor(Sample sample) {
        TaskPlan.Own mine = own.get(sample.id());
        return mine == null ? plan : plan.with(mine);
    }

    @Override
    public Mono<Outcome> run(SampleContext context) {
        return Mono.defer(() -> attempt(context, planFor(context.sample())));
    }

    private static Mono<Outcome> attempt(SampleContext context, TaskPlan plan) {
        Optional<String> stranger = plan.files().stream()
                .map(TaskFile::environment)
                .filter(name -> environment(context, name).isEmpty())
                .findFirst();
        if (stranger.isPresent()) {
            return Mono.just(new Outcome.TaskFailed("a file is for the environment '" + stranger.get()
                    + "'; the sandbox has: "
                    + String.join(", ", context.sandbox().environments().keySet())));
        }
        return upload(context, plan).then(setup(context, plan)).switchIfEmpty(Mono.defer(() -> command(context, plan)));
    }

    private static Optional<Environment> environment(SampleContext context, String name) {
        return name.isEmpty()
                ? Optional.of(context.environment())
                : Optional.ofNullable(context.sandbox().environments().get(name));
    }

    private static Mono<Void> upload(SampleContext context, TaskPlan plan) {
        Map<Environment, Map<String, FileContent>> uploads = uploads(context, plan);
        if (uploads.isEmpty()) {
            return Mono.empty();
        }
        // One environment after the other: in a sandbox they share one toolbox.
        Mono<Void> all = Flux.fromIterable(uploads.entrySet())
                .concatMap(upload -> upload.getKey().writeFiles(upload.getValue()), 1)
                .then();
        return context.timed(Stage.FILES, all);
    }

    private static Map<Environment, Map<String, FileContent>> uploads(SampleContext context, TaskPlan plan) {
        Map<Environment, Map<String, FileContent>> uploads = new LinkedHashMap<>();
        for (TaskFile file : plan.files()) {
            Environment environment = environment(context, file.environment()).orElseThrow();
            uploads.computeIfAbsent(environment, key -> new LinkedHashMap<>())
                    .put(file.path(), file.content().of(context.sample()));
        }
        plan.setup()
                .ifPresent(script -> uploads.computeIfAbsent(context.environment(), key -> new LinkedHashMap<>())
                        .put(SETUP_PATH, script.content()));
        return uploads;
    }

    /** Empty when the script succeeded, or when there is none. */
    private static Mono<Outcome> setup(SampleContext context, TaskPlan plan) {
        if (plan.setup().isEmpty()) {
            return Mono.empty();
        }
        ExecRequest request = plan.request(plan.setup().get().argv(SETUP_PATH), context.sample())
                .build();
        return context.timed(Stage.SETUP, context.environment().exec(request))
                .filter(result -> !result.success())
                .doOnNext(context::record)
                .map(result -> new Outcome.TaskFailed(
                        "setup ended with exit code " + result.exitCode() + LastLine.of(result.stderr())));
    }

    private static Mono<Outcome> command(SampleContext context, TaskPlan plan) {
        return context.timed(Stage.COMMAND, context.environment().exec(plan.commandRequest(context.sample())))
                .flatMap(result -> score(context, plan, result))
                .onErrorResume(CommandTimeoutException.class, error -> timedOut(context, error));
    }

    private static Mono<Outcome> score(SampleContext context, TaskPlan plan, ExecResult result) {
        context.record(result);
        Answer answer = new Answer(context.sample(), context.environment(), result, plan);
        return context.timed(Stage.SCORE, plan.score().score(answer));
    }

    private static Mono<Outcome> timedOut(SampleContext context, CommandTimeoutException error) {
        context.record(error.partial());
        return Mono.just(new Outcome.TimedOut("command", error.timeout()));
    }
}
