/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The text of a shell command, in three parts of which the one in the middle may be the same in many commands.
 *
 * @param before what comes first
 * @param shared what comes then
 * @param after what comes last
 */
public record CommandText(String before, Shared shared, String after) {

    /** Refuses {@code null}. */
    public CommandText {
        Objects.requireNonNull(before, "before");
        Objects.requireNonNull(shared, "shared");
        Objects.requireNonNull(after, "after");
    }

    /** A text of its own. */
    public static CommandText of(String text) {
        return new CommandText(text, Shared.NOTHING, "");
    }

    /** The whole text. */
    public String text() {
        return before + shared.text + after;
    }

    /** Never the text, which may carry secrets. */
    @Override
    public String toString() {
        return "CommandText[" + (before.length() + shared.text.length() + after.length()) + " characters]";
    }

    /** A text that many commands have in common, and what it becomes on the wire, made once. Thread-safe. */
    public static final class Shared {

        static final Shared NOTHING = new Shared("");

        private final String text;
        private final AtomicReference<byte @Nullable []> encoded = new AtomicReference<>();

        public Shared(String text) {
            this.text = Objects.requireNonNull(text, "text");
        }

        /** @param encoding always the same for one text: there is one wire; its result is kept, and not to be changed */
        public byte[] encoded(Function<String, byte[]> encoding) {
            byte[] known = encoded.get();
            if (known == null) {
                known = encoding.apply(text);
                encoded.set(known);
            }
            return known;
        }
    }
}
