/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/**
 * The names of sandboxes: {@code inspect-{task}-{sample}-{hex}}.
 *
 * <p>The name is chosen before the create request is sent and is its idempotency key; the caller supplies the randomness.
 */
public final class SandboxName {

    private static final int SEGMENT = 40;
    private static final Pattern FOREIGN = Pattern.compile("[^a-z0-9_-]+");
    private static final Pattern EDGES = Pattern.compile("^-+|-+$");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{8}");

    private SandboxName() {}

    /**
     * A sandbox's name. Segments are lower-cased, runs of characters other than {@code a-z0-9_-} become one {@code -}, each is
     * cut to 40 characters, and a segment of which nothing is left is dropped.
     *
     * @param task the eval's name; may be empty
     * @param sample the sample's id; may be empty
     * @param hex 8 lower-case hexadecimal digits, random: they alone make the name unique
     * @throws IllegalArgumentException when {@code hex} is anything else
     */
    public static String of(String task, String sample, String hex) {
        if (!HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("hex must be 8 lower-case hexadecimal digits, was '" + hex + "'");
        }
        StringJoiner name = new StringJoiner("-").add("inspect");
        for (String text : new String[] {task, sample}) {
            String segment = segment(text);
            if (!segment.isEmpty()) {
                name.add(segment);
            }
        }
        return name.add(hex).toString();
    }

    private static String segment(String text) {
        // Cut first: an id may be long, and lower-casing and matching must not cost what it is long.
        String head = text.length() > 4 * SEGMENT ? text.substring(0, 4 * SEGMENT) : text;
        String clean = FOREIGN.matcher(head.toLowerCase(Locale.ROOT)).replaceAll("-");
        clean = EDGES.matcher(clean).replaceAll("");
        String cut = clean.length() > SEGMENT ? clean.substring(0, SEGMENT) : clean;
        return EDGES.matcher(cut).replaceAll("");
    }
}
