/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Patterns of paths, as Docker's two dialects have them. Paths are relative, with slashes, and clean. */
final class Globs {

    private Globs() {}

    /** Without {@code .}, empty segments, and as much of {@code ..} as there is something to go up from; empty for the root. */
    static String clean(String path) {
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : path.split("/")) {
            if (segment.equals("..")) {
                segments.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        return String.join("/", segments);
    }

    static boolean isPattern(String text) {
        return text.chars().anyMatch(c -> c == '*' || c == '?' || c == '[' || c == '\\');
    }

    /** One segment of a source's path. @throws IllegalArgumentException when it is no pattern */
    static Pattern segment(String glob) {
        return compiled(glob, new Translation(glob, false).regex());
    }

    /** A line of an ignore file. @throws IllegalArgumentException when it is no pattern */
    static Pattern ignored(String pattern) {
        return compiled(pattern, new Translation(pattern, true).regex());
    }

    private static Pattern compiled(String glob, String regex) {
        try {
            return Pattern.compile(regex, Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("'" + glob + "' is not a pattern", e);
        }
    }

    static List<String> segments(String path) {
        return path.isEmpty() ? List.of() : List.of(path.split("/"));
    }

    private static final class Translation {

        private final String glob;
        private final boolean twoStars;
        private final StringBuilder regex = new StringBuilder();
        private int at = 0;

        Translation(String glob, boolean twoStars) {
            this.glob = glob;
            this.twoStars = twoStars;
        }

        String regex() {
            while (at < glob.length()) {
                char c = glob.charAt(at++);
                switch (c) {
                    case '*' -> star();
                    case '?' -> regex.append("[^/]");
                    case '[' -> set();
                    case '\\' -> {
                        if (at == glob.length()) {
                            throw new IllegalArgumentException("'" + glob + "' ends with an escape character");
                        }
                        literal(glob.charAt(at++));
                    }
                    default -> literal(c);
                }
            }
            return regex.toString();
        }

        private void literal(char c) {
            regex.append(Pattern.quote(String.valueOf(c)));
        }

        private void star() {
            boolean two = twoStars && at < glob.length() && glob.charAt(at) == '*';
            if (!two) {
                regex.append("[^/]*");
                return;
            }
            boolean first = at == 1;
            at++;
            boolean slash = at < glob.length() && glob.charAt(at) == '/';
            if (slash) {
                at++;
            }
            // A suffix alone, as in **.py, is one of the whole path.
            boolean suffix = first && !slash && !isPattern(glob.substring(at));
            regex.append(at == glob.length() || suffix ? ".*" : "(?:.*/)?");
        }

        private void set() {
            int end = glob.indexOf(']', at + (at < glob.length() && glob.charAt(at) == '^' ? 2 : 1));
            if (end < 0) {
                throw new IllegalArgumentException("'" + glob + "' has a [ without its ]");
            }
            regex.append("(?!/)[");
            for (; at < end; at++) {
                char c = glob.charAt(at);
                // Java's own set operations.
                regex.append(c == '[' || c == '&' ? "\\" : "").append(c);
            }
            regex.append(']');
            at = end + 1;
        }
    }
}
