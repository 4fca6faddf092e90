/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The variables of one stage, or of the lines before the first. A value that depends on an image that is not at hand is unknown, and so is
 * everything made from it. Not thread-safe.
 */
final class Scope {

    /** What Docker sets for the one platform that is built for; visible in a stage only once an ARG names it. */
    private static final Map<String, String> PLATFORM = Map.of(
            "TARGETPLATFORM", "linux/amd64",
            "TARGETOS", "linux",
            "TARGETARCH", "amd64",
            "TARGETVARIANT", "",
            "BUILDPLATFORM", "linux/amd64",
            "BUILDOS", "linux",
            "BUILDARCH", "amd64",
            "BUILDVARIANT", "");

    private final char escape;
    private final boolean unknownBase;
    private final Map<String, Optional<String>> env;
    private final Map<String, Optional<String>> args = new HashMap<>();

    private Scope(char escape, boolean unknownBase, Map<String, Optional<String>> env) {
        this.escape = escape;
        this.unknownBase = unknownBase;
        this.env = new HashMap<>(env);
    }

    /** Before the first stage. */
    static Scope global(char escape) {
        Scope global = new Scope(escape, false, Map.of());
        PLATFORM.forEach((name, value) -> global.args.put(name, Optional.of(value)));
        return global;
    }

    /** A stage from an image: {@code scratch} has no variables, and those of any other are not known here. */
    static Scope stage(char escape, boolean scratch) {
        return new Scope(escape, !scratch, Map.of());
    }

    /** A stage from this one, which inherits what ENV set. */
    Scope child() {
        return new Scope(escape, unknownBase, env);
    }

    /**
     * {@code ARG}, in this scope, within the global one.
     *
     * @param given values from outside, which win
     */
    void arg(String text, Scope global, Map<String, String> given) {
        for (String word : Words.split(text, escape)) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            if (given.containsKey(name)) {
                args.put(name, Optional.of(given.get(name)));
            } else if (equals >= 0) {
                args.put(name, expand(word.substring(equals + 1)));
            } else if (global.args.containsKey(name)) {
                args.put(name, global.args.get(name));
            }
        }
    }

    /** {@code ENV}, in both its forms. All values of one instruction see the variables before it. */
    void env(String text) {
        Map<String, Optional<String>> set = new HashMap<>();
        java.util.List<String> words = Words.split(text, escape);
        if (!words.isEmpty() && words.get(0).indexOf('=') < 0) {
            java.util.List<String> pair = Words.cut(text, 2);
            set.put(pair.get(0), expand(pair.size() < 2 ? "" : pair.get(1)));
        } else {
            for (String word : words) {
                int equals = word.indexOf('=');
                if (equals > 0) {
                    set.put(word.substring(0, equals), expand(word.substring(equals + 1)));
                }
            }
        }
        env.putAll(set);
    }

    /** The word without quotes and escapes, and with values for variables; empty when one of them is not known. */
    Optional<String> expand(String word) {
        return new Expansion(word, escape, this::value).result();
    }

    /** The value of a variable, {@code null} in it when it is not set; empty when it is not known. */
    private Expansion.Value value(String name) {
        Optional<String> found = env.containsKey(name) ? env.get(name) : args.get(name);
        if (found == null) {
            return unknownBase ? Expansion.Value.UNKNOWN : Expansion.Value.UNSET;
        }
        @Nullable String known = found.orElse(null);
        return known == null ? Expansion.Value.UNKNOWN : new Expansion.Value(known, true);
    }
}
