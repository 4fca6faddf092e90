/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import org.jspecify.annotations.Nullable;

/**
 * Input was refused before anything was created. The message starts with where the input came from, for example
 * {@code eval.yaml:7: unknown key 'comand'; accepted: command, cwd, env, ...}.
 */
public final class InvalidInputException extends PermanentException {

    private static final long serialVersionUID = 1L;

    /**
     * @param source file and line, option or argument, for example {@code eval.yaml:7} or {@code --max-sandboxes}
     * @param problem what was given and what is accepted
     */
    public InvalidInputException(String source, String problem) {
        this(source, problem, null);
    }

    /** As above, with the parser's own error. */
    public InvalidInputException(String source, String problem, @Nullable Throwable cause) {
        super(ErrorCode.INVALID_INPUT, source + ": " + problem, ErrorContext.NONE, cause);
    }
}
