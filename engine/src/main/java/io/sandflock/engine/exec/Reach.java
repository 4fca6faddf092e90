/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.PermanentException;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * How commands get from the sandbox's shell to another place in the same sandbox, such as a container of a Docker daemon that runs in
 * it. Everything else stays as it is: claimed once, streams apart, timeout and kill in the sandbox, state in the sandbox's own files.
 *
 * <p>What is asked of the place: it has {@code /bin/sh}; the carrier passes both streams, standard input and the exit code; and what it
 * starts there is a process that the sandbox's user sees in the sandbox's own {@code /proc}, may read the environment of, and may
 * signal, as root may with the containers of a daemon inside the sandbox. It need not be a child of the carrier: it is found by its mark.
 * The command starts only after both sides have heard of each other, so a carrier that is killed on its way starts nothing.
 */
public interface Reach {

    /**
     * The carrier's words; the command's own are appended. For a container: {@code docker exec -i [-u USER] -e NAME ... CONTAINER}.
     *
     * @param request for its user. Its variables, directory and arguments are carried by themselves
     * @param variables what the carrier must bring into the command's environment, in the form of {@code docker exec -e}: either {@code
     *     NAME=value}, or {@code NAME} alone for a value that stands in the carrier's own environment, since arguments are for
     *     everybody to see
     */
    List<String> words(ExecRequest request, List<String> variables);

    /**
     * The carrier ended without having got there: the user or the container does not exist, the daemon is gone. Here is where that is
     * told apart, and diagnostics are fetched. Defaults to {@link ErrorCode#EXEC_FAILED} with what the carrier said.
     *
     * @param exitCode the carrier's
     * @param said what it printed on standard error
     * @param context names the sandbox
     */
    default Mono<ExecResult> notReached(ExecRequest request, int exitCode, String said, ErrorContext context) {
        return Mono.error(() -> new PermanentException(
                ErrorCode.EXEC_FAILED,
                "the place where the command should run was not reached, exit code " + exitCode + ": "
                        + (said.isEmpty() ? "nothing was said" : said),
                context));
    }
}
