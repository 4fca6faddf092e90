/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

/**
 * The line that makes a bash read the rest of a text at once. From a pipe bash reads its program with a system call for each byte, so as
 * not to take what its commands read: 15,000 of them for ours, which take 3 to 5 ms.
 *
 * <p>Other shells may have read on already, and must not do it. What tells bash apart are two variables that it makes itself: no
 * environment can have the number of a process that is not there yet, nor a value that is never the same twice. A bash that does not know
 * {@code read -N} (before 4.1) goes on as if the line were not there.
 */
final class BashLead {

    private static final String BEFORE =
            "[ \"$BASHPID\" = $$ ] && [ \"$RANDOM\" != \"$RANDOM\" ]" + " && { _text=; LC_ALL=C IFS= read -r -N ";

    private static final String AFTER = " _text 2>/dev/null; eval \"$_text\"; }\n";

    private BashLead() {}

    /** The line, before a rest of so many bytes. */
    static String of(int bytes) {
        return BEFORE + bytes + AFTER;
    }

    /**
     * As many bytes as a text has in UTF-8, or more: the text is the whole input, and its end ends the wait for what is not there. Half of a
     * surrogate pair becomes a character of three bytes on its way, or of one.
     */
    static int bytes(CharSequence text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1));
            bytes += pair ? 4 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            i += pair ? 1 : 0;
        }
        return bytes;
    }
}
