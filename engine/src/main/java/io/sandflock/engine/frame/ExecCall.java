/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One request to the claim-once program.
 *
 * @param id the execution
 * @param operation what to do
 * @param answer when to answer, and with how much
 * @param start what to run; present exactly for {@link Operation#START}
 * @param free numbers of the environment's executions whose output was received: their files are deleted, their claims stay
 * @param forget numbers of the environment's executions whose claims are deleted too: no request for them can be under way
 */
public record ExecCall(
        ExecutionId id, Operation operation, Answer answer, Optional<Start> start, List<Long> free, List<Long> forget) {

    /** Copies the lists. */
    public ExecCall {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(answer, "answer");
        if (start.isPresent() != (operation == Operation.START)) {
            throw new IllegalArgumentException("start belongs to START, and to nothing else; was " + operation);
        }
        free = List.copyOf(free);
        forget = List.copyOf(forget);
    }

    /** What to do with an execution. */
    public enum Operation {
        /** Claim it and run the command; attach when it is claimed already. */
        START,
        /** Answer for an execution that was claimed before; {@link ExecReply.Status#UNKNOWN} when it was not. */
        ATTACH,
        /** Kill its process tree. An execution that nobody has claimed yet is claimed, so that it can never start. */
        KILL,
        /** Delete all that the environment's executions left, their claims included. */
        CLEAN
    }

    /**
     * When to answer, and with how much. A stream's part begins at its offset, or where its newest {@code keep} bytes begin
     * when that is later, and holds at most {@code chunk} bytes.
     *
     * @param waitMillis answer with {@link ExecReply.Status#RUNNING} after this time at the latest
     * @param onOutput answer as soon as there is output beyond an offset; else only once the command ended. Answers that say
     *     {@code RUNNING} carry output only when this is set
     * @param stdoutOffset first byte wanted
     * @param stderrOffset first byte wanted
     * @param keep newest bytes of each stream that are of interest; 0 for all
     * @param chunk most bytes of each stream in this answer
     */
    public record Answer(
            long waitMillis, boolean onOutput, long stdoutOffset, long stderrOffset, long keep, int chunk) {

        /** Refuses negative numbers. */
        public Answer {
            if (waitMillis < 0 || stdoutOffset < 0 || stderrOffset < 0 || keep < 0 || chunk < 0) {
                throw new IllegalArgumentException("waits, offsets and sizes must not be negative");
            }
        }

        /** An answer once the command ended, from the beginning of both streams. */
        public static Answer atEnd(Duration wait, long keep, int chunk) {
            return new Answer(wait.toMillis(), false, 0, 0, keep, chunk);
        }
    }

    /**
     * A command.
     *
     * @param argv at least the program; empty as long as it was not read from an upload
     * @param env entries {@code NAME=value}, set after the switch of user
     * @param user a name or a number
     * @param cwd absolute, or relative to where the shell was started
     * @param stdin what the command reads
     * @param timeoutMillis time until its process tree is killed; 0 for none
     * @param reach words that carry the command from the sandbox's shell to another place in the sandbox, such as a container, and to
     *     which its own words are appended: {@code docker exec -i ... CONTAINER}. Empty: it runs in the sandbox itself. See
     *     {@link #VARIABLE} for how they get the variables. With a reach, {@code user} must be empty: becoming that user is its affair
     * @param upload an absolute directory of the sandbox, made for this request alone, that holds the argument file
     *     ({@link ProgramText#encodeArguments}) as {@literal args} and, for {@link Stdin.Uploaded}, the input as {@code stdin}. When it
     *     is present, {@code argv}, {@code env} and {@code reach} are not in the program's text
     */
    public record Start(
            List<String> argv,
            List<String> env,
            Optional<String> user,
            Optional<String> cwd,
            Stdin stdin,
            long timeoutMillis,
            List<String> reach,
            Optional<String> upload) {

        /**
         * Variables are handed over under this name and a number from 1, in their order, and get their own names last of all, so that a
         * command's {@code PATH} is not that of what carries it. A reach passes on {@code SANDFLOCK_VAR_1} to {@code SANDFLOCK_VAR_n}
         * from its environment.
         */
        public static final String VARIABLE = "SANDFLOCK_VAR_";

        /** The variable that marks every process of an execution; its value is {@link ExecutionId#mark()}. */
        public static final String MARK = "SANDFLOCK_EXEC";

        /** Refuses NUL characters, and uploaded input without an upload. */
        public Start {
            argv = List.copyOf(argv);
            env = List.copyOf(env);
            reach = List.copyOf(reach);
            argv.forEach(Start::refuseNul);
            env.forEach(Start::refuseNul);
            reach.forEach(Start::refuseNul);
            user.ifPresent(Start::refuseNul);
            cwd.ifPresent(Start::refuseNul);
            if (stdin instanceof Stdin.Uploaded && upload.isEmpty()) {
                throw new IllegalArgumentException("uploaded input needs an upload");
            }
            if (user.isPresent() && !reach.isEmpty()) {
                throw new IllegalArgumentException("a reach becomes the user itself");
            }
            if (timeoutMillis < 0) {
                throw new IllegalArgumentException("timeoutMillis must not be negative, was " + timeoutMillis);
            }
        }

        private static void refuseNul(String text) {
            if (text.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("embedded null byte");
            }
        }

        /** Counts only: arguments and variables may be secret. */
        @Override
        public String toString() {
            return "Start[" + argv.size() + " arguments, " + env.size() + " variables]";
        }
    }

    /** What a command reads. */
    public sealed interface Stdin {
        /** Nothing: end of file at once. */
        record None() implements Stdin {}

        /** These bytes, carried in the program's text. */
        record Inline(byte[] bytes) implements Stdin {
            /** The size only. */
            @Override
            public String toString() {
                return "Inline[" + bytes.length + "]";
            }
        }

        /** The file {@code stdin} of the upload. */
        record Uploaded() implements Stdin {}
    }
}
