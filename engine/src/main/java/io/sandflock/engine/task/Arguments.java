/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What the kernel takes as one argument or one variable. */
final class Arguments {

    // Linux's MAX_ARG_STRLEN, 32 pages, without room for a variable's name and the final NUL.
    private static final int LONGEST = (128 << 10) - 256;

    private Arguments() {}

    /** Why the text cannot be an argument, a variable's value or a path, if it cannot. */
    static Optional<String> problem(String text) {
        if (text.indexOf('\0') >= 0) {
            return Optional.of("a NUL character cannot be passed to a program; use stdin or a file");
        }
        // No character takes more than three bytes: most texts need no encoding to know.
        if (text.length() > LONGEST / 3 && text.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            return Optional.of(
                    "more than " + LONGEST + " bytes cannot be one argument or variable; use stdin or a file");
        }
        return Optional.empty();
    }
}
