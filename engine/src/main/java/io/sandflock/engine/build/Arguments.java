/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.ArrayList;
import java.util.List;

/**
 * What follows a keyword that takes flags.
 *
 * @param flags without their dashes, for example {@code from=build} or {@code link}
 * @param rest what follows them
 */
record Arguments(List<String> flags, String rest) {

    static Arguments of(String text, char escape) {
        List<String> flags = new ArrayList<>();
        String rest = text.stripLeading();
        while (rest.startsWith("--")) {
            String flag = Words.split(rest, escape).get(0);
            rest = rest.substring(flag.length()).stripLeading();
            if (flag.equals("--")) {
                break;
            }
            flags.add(flag.substring(2));
        }
        return new Arguments(flags, rest);
    }

    /** The value of a flag; empty when it is not given. */
    java.util.Optional<String> flag(String name) {
        return all(name).stream().findFirst();
    }

    /** The values of a flag that can be given often. */
    List<String> all(String name) {
        return flags.stream()
                .filter(flag -> flag.startsWith(name + "="))
                .map(flag -> flag.substring(name.length() + 1))
                .toList();
    }

    /** Whether a flag is given and not {@code =false}. */
    boolean has(String name) {
        return flags.contains(name)
                || flag(name).filter(value -> !value.equals("false")).isPresent();
    }
}
