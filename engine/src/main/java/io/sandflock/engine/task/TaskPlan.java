/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.ExecRequest;
import io.sandflock.Sample;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is done with every sample of an eval.
 *
 * @param files written first, all in one upload for each environment
 * @param setup run before the command, in the environment's own working directory and as its own user
 * @param command what is run; empty when every sample has its own
 * @param stdin the command's standard input; empty is EOF at once
 * @param env variables of setup, command and score command
 * @param cwd the command's working directory
 * @param user the command's user
 * @param score how the outcome is found
 * @param commandLimit time for the command, and for the score command; only the sample's limit holds when empty
 * @param outputLimit bytes kept of each output stream
 */
public record TaskPlan(
        List<TaskFile> files,
        Optional<Script> setup,
        Optional<Command> command,
        Optional<Template> stdin,
        Map<String, Template> env,
        Optional<Template> cwd,
        Optional<Template> user,
        ScoreRule score,
        Optional<Duration> commandLimit,
        long outputLimit) {

    /** Copies the collections. */
    public TaskPlan {
        files = List.copyOf(files);
        env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
        Objects.requireNonNull(score, "score");
    }

    /** A plan with all defaults: exit code 0 is full marks. */
    public static TaskPlan of(Command command) {
        return new TaskPlan(
                List.of(),
                Optional.empty(),
                Optional.of(command),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                ScoreRule.exitCode(),
                Optional.empty(),
                ExecRequest.DEFAULT_OUTPUT_LIMIT);
    }

    /**
     * What a sample has of its own. Its files are added to the eval's and win where the path is the same; its setup and its command
     * stand in the place of the eval's.
     */
    public record Own(List<TaskFile> files, Optional<Script> setup, Optional<Command> command) {

        /** Nothing. */
        public static final Own NONE = new Own(List.of(), Optional.empty(), Optional.empty());

        /** Copies the list. */
        public Own {
            files = List.copyOf(files);
        }

        /** Whether it has nothing. Sooner said than whether it equals {@link #NONE}: a JVM makes the comparison of a record first. */
        public boolean isNone() {
            return files.isEmpty() && setup.isEmpty() && command.isEmpty();
        }
    }

    TaskPlan with(Own own) {
        Map<String, TaskFile> merged = new LinkedHashMap<>();
        files.forEach(file -> merged.put(file.environment() + ":" + file.path(), file));
        own.files().forEach(file -> merged.put(file.environment() + ":" + file.path(), file));
        return new TaskPlan(
                List.copyOf(merged.values()),
                own.setup().or(() -> setup),
                own.command().or(() -> command),
                stdin,
                env,
                cwd,
                user,
                score,
                commandLimit,
                outputLimit);
    }

    /** The command for a sample, with everything that belongs to it. */
    ExecRequest commandRequest(Sample sample) {
        List<String> argv = command.orElseThrow(() -> new IllegalArgumentException("the sample has no command"))
                .argv(sample);
        ExecRequest.Builder request = request(argv, sample);
        stdin.ifPresent(text -> request.stdin(text.render(sample).getBytes(StandardCharsets.UTF_8)));
        cwd.ifPresent(text -> request.cwd(text.render(sample)));
        user.ifPresent(text -> request.user(text.render(sample)));
        commandLimit.ifPresent(request::timeout);
        return request.build();
    }

    /** Another command of the plan's: its variables and its output limit, nothing else. */
    ExecRequest.Builder request(List<String> argv, Sample sample) {
        ExecRequest.Builder request = ExecRequest.builder(argv).outputLimit(outputLimit);
        env.forEach((name, value) -> request.env(name, value.render(sample)));
        return request;
    }
}
