/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.PermanentException;
import io.sandflock.engine.frame.ExecCall.Start;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Refuses commands that no Linux would start, before anything is sent. What depends on the sandbox, as the sum of all arguments and
 * variables does below {@link #LARGEST_SUM}, is found out there.
 */
final class KernelLimits {

    /** Bytes of one argument, or of a variable with its name; MAX_ARG_STRLEN without the NUL. */
    static final int LONGEST = (128 << 10) - 1;
    /** Bytes of all arguments and variables with their pointers, however large the stack may be: three quarters of 8 MiB. */
    static final long LARGEST_SUM = 6L << 20;
    /** PATH_MAX without the NUL. */
    static final int LONGEST_PATH = 4095;
    /** LOGIN_NAME_MAX. */
    static final int LONGEST_USER = 256;

    private static final int POINTER = 8;

    private KernelLimits() {}

    /** @throws PermanentException for a command that can never start */
    static void check(ExecRequest request, ErrorContext context) {
        request.cwd().filter(cwd -> bytes(cwd) > LONGEST_PATH).ifPresent(cwd -> {
            throw new FileException(Errno.ENAMETOOLONG, cwd, context);
        });
        problem(request).ifPresent(problem -> {
            throw new PermanentException(
                    ErrorCode.INVALID_INPUT,
                    "the command " + program(request) + " could not be started, nothing was sent: " + problem,
                    context);
        });
    }

    private static Optional<String> problem(ExecRequest request) {
        Optional<Integer> user = request.user().map(KernelLimits::bytes).filter(size -> size > LONGEST_USER);
        if (user.isPresent()) {
            return Optional.of("its user is " + user.get() + " bytes long; at most " + LONGEST_USER + " are accepted");
        }
        List<String> argv = request.argv();
        long sum = 0;
        for (int i = 0; i < argv.size(); i++) {
            int size = bytes(argv.get(i));
            if (size > LONGEST) {
                return Optional.of("argument " + i + " is too long, " + size + " bytes; " + advice());
            }
            sum += size + 1L + POINTER;
        }
        int number = 0;
        for (Map.Entry<String, String> variable : request.env().entrySet()) {
            number++;
            // On its way it has a name of ours.
            int name = Math.max(bytes(variable.getKey()), (Start.VARIABLE + number).length());
            int size = name + 1 + bytes(variable.getValue());
            if (size > LONGEST) {
                return Optional.of("variable " + shortened(variable.getKey()) + " is too long, " + size
                        + " bytes with its name; " + advice());
            }
            sum += size + 1L + POINTER;
        }
        return sum <= LARGEST_SUM
                ? Optional.empty()
                : Optional.of("its arguments and variables are too long, " + sum + " bytes in all; Linux takes at most "
                        + LARGEST_SUM + ", and 2097152 where the stack has its usual limit: give them as files, or as"
                        + " standard input");
    }

    private static String advice() {
        return "Linux takes at most " + LONGEST + ": give it as a file, or as standard input";
    }

    private static String program(ExecRequest request) {
        return shortened(request.argv().get(0));
    }

    private static String shortened(String name) {
        return name.length() > 100 ? name.substring(0, 100) + "..." : name;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
