/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What commands do. Called on an event loop: must neither block nor throw. Thread-safe. */
@FunctionalInterface
public interface CommandScript {

    /** Every command is unknown, and the message says why. */
    CommandScript NONE = command ->
            Result.of(127).stderr("this sandbox is simulated: it runs no programs, only what a CommandScript says\n");

    /** What a command does; asked exactly once per execution. */
    Result run(Command command);

    /** Every command exits with this code and prints nothing. */
    static CommandScript exits(int code) {
        return command -> Result.of(code);
    }

    /** Every command prints this and succeeds. */
    static CommandScript prints(String stdout) {
        return command -> Result.of(0).stdout(stdout);
    }

    /**
     * A command.
     *
     * @param sandboxId where it runs
     * @param argv program and arguments. A text that was fed to the shell by itself is {@code [shell]} with the text as input
     * @param env entries {@code NAME=value} that came with it
     * @param stdin what it reads
     */
    record Command(String sandboxId, List<String> argv, List<String> env, byte[] stdin) {
        /** Copies the lists. */
        public Command {
            argv = List.copyOf(argv);
            env = List.copyOf(env);
        }

        /** What it reads, as text. */
        public String input() {
            return new String(stdin, StandardCharsets.UTF_8);
        }

        /** Counts only: arguments and input may be secret. */
        @Override
        public String toString() {
            return "Command[" + argv.size() + " arguments, " + stdin.length + " bytes of input]";
        }
    }

    /** What a command does, step by step, and how it ends. */
    record Result(int exitCode, List<Step> steps) {

        /** Copies the steps. */
        public Result {
            if (exitCode < 0 || exitCode > 255) {
                throw new IllegalArgumentException("exitCode must be between 0 and 255, was " + exitCode);
            }
            steps = List.copyOf(steps);
        }

        /** Ends with this code. */
        public static Result of(int exitCode) {
            return new Result(exitCode, List.of());
        }

        /** And then prints this. */
        public Result stdout(String text) {
            return and(new Step.Output(text.getBytes(StandardCharsets.UTF_8), false));
        }

        /** And then prints this on standard error. */
        public Result stderr(String text) {
            return and(new Step.Output(text.getBytes(StandardCharsets.UTF_8), true));
        }

        /** And then waits. */
        public Result pause(Duration time) {
            return and(new Step.Pause(time));
        }

        /** And then does this. */
        public Result and(Step step) {
            List<Step> all = new ArrayList<>(steps);
            all.add(step);
            return new Result(exitCode, all);
        }
    }

    /** One thing that a command does. */
    sealed interface Step {

        /** Prints bytes. */
        record Output(byte[] bytes, boolean isError) implements Step {}

        /** Does nothing for a while. */
        record Pause(Duration time) implements Step {}
    }
}
