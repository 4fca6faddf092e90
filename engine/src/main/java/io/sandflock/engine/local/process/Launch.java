/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import java.util.List;
import java.util.Map;

/**
 * A program to start, and the way into the machine that it runs in.
 *
 * @param enter argv of the program that leads into the machine and there runs the rest of its arguments in a session of its own; {@code
 *     setsid} for the host itself
 * @param enterForSignal argv that leads into the machine's process namespace and runs the rest there; empty for the host itself
 * @param hostname host name that the process must find itself under, so that a process id used again never leads into something
 *     else; empty for no check
 * @param argv absolute path of the program, and its arguments, byte for byte
 * @param cwd absolute working directory, within the machine
 * @param env the whole environment, apart from {@code PWD}, which names {@code cwd}
 * @param mergeStderr whether standard error goes into standard output, in order
 */
public record Launch(
        List<String> enter,
        List<String> enterForSignal,
        String hostname,
        List<String> argv,
        String cwd,
        Map<String, String> env,
        boolean mergeStderr) {

    /** Copies; {@code argv} must not be empty. */
    public Launch {
        enter = List.copyOf(enter);
        enterForSignal = List.copyOf(enterForSignal);
        argv = List.copyOf(argv);
        env = Map.copyOf(env);
        if (argv.isEmpty()) {
            throw new IllegalArgumentException(
                    "argv is empty; the first element must be the absolute path of a program");
        }
    }

    /** A program on the host itself. */
    public static Launch onHost(List<String> argv, String cwd, Map<String, String> env, boolean mergeStderr) {
        return new Launch(List.of("setsid"), List.of(), "", argv, cwd, env, mergeStderr);
    }

    /** Never arguments or variables. */
    @Override
    public String toString() {
        return "Launch[" + argv.get(0) + "]";
    }
}
