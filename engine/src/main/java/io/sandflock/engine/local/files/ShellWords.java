/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Text on its way into a shell program. */
public final class ShellWords {

    private static final int PATH_MAX = 4096;

    private ShellWords() {}

    /**
     * A path as an ASCII argument that the program turns back with {@code printf %b}. The JVM encodes arguments in the locale's
     * charset, which replaces what it does not have; the escape carries every byte whatever the locale.
     */
    static String path(String path) {
        byte[] bytes = utf8(path);
        if (bytes.length == 0) {
            throw new FileException(Errno.ENOENT, path, ErrorContext.NONE);
        }
        if (bytes.length >= PATH_MAX) {
            throw new FileException(Errno.ENAMETOOLONG, path, ErrorContext.NONE);
        }
        // A leading dash would be an option.
        return escaped(bytes[0] == '-' ? utf8("./" + path) : bytes);
    }

    /** Any text as an ASCII argument for {@code printf %b}; a NUL or half a surrogate pair is {@code EINVAL}. */
    public static String text(String text) {
        return escaped(utf8(text));
    }

    /** A word in single quotes, for shell text. */
    public static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    private static String escaped(byte[] bytes) {
        StringBuilder escaped = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            if (isPlain(b)) {
                escaped.append((char) b);
            } else {
                escaped.append(String.format(Locale.ROOT, "\\0%03o", b & 0xff));
            }
        }
        return escaped.toString();
    }

    private static boolean isPlain(byte b) {
        return (b >= '0' && b <= '9')
                || (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || b == '/'
                || b == '.'
                || b == '_';
    }

    private static byte[] utf8(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            if (text.indexOf('\0') < 0) {
                return bytes;
            }
        } catch (CharacterCodingException e) {
            throw new FileException(Errno.EINVAL, "(not Unicode)", ErrorContext.NONE);
        }
        throw new FileException(Errno.EINVAL, text, ErrorContext.NONE);
    }
}
