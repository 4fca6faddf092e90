/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.document;

import io.sandflock.InvalidInputException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong in a file, and in those that it names, so that a person sees all of it at once. */
public final class Problems {

    /** As many as are shown; reading stops there. */
    private static final int SHOWN = 20;

    private final String file;
    private final List<Found> found;

    public Problems(String file) {
        this(file, new ArrayList<>());
    }

    private Problems(String file, List<Found> found) {
        this.file = file;
        this.found = found;
    }

    /** The problems of another file, said together with these. */
    public Problems in(String other) {
        return new Problems(other, found);
    }

    /** What lines are lines of. */
    public String file() {
        return file;
    }

    public void add(Node node, String problem) {
        add(node.line(), problem);
    }

    public void add(int line, String problem) {
        add(file + ":" + line, problem);
    }

    /** @param source file and line */
    public void add(String source, String problem) {
        found.add(new Found(source, problem));
        if (found.size() == SHOWN) {
            throwIfAny("\n(reading stopped after " + SHOWN + " problems)");
        }
    }

    public boolean any() {
        return !found.isEmpty();
    }

    /** @throws InvalidInputException with every problem, each on a line of its own */
    public void throwIfAny() {
        throwIfAny("");
    }

    private void throwIfAny(String end) {
        if (found.isEmpty()) {
            return;
        }
        StringBuilder rest = new StringBuilder(found.get(0).problem);
        found.stream()
                .skip(1)
                .forEach(next ->
                        rest.append('\n').append(next.source).append(": ").append(next.problem));
        throw new InvalidInputException(found.get(0).source, rest + end);
    }

    /** One problem that nothing can be read after. */
    public static InvalidInputException at(String file, int line, String problem, @Nullable Throwable cause) {
        return new InvalidInputException(file + ":" + line, problem, cause);
    }

    /** {@code "; accepted: a, b"}, with the nearest of them when {@code given} looks like a slip. */
    public static String accepted(String given, Collection<String> accepted) {
        String nearest = nearest(given, accepted);
        return "; accepted: " + String.join(", ", accepted)
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?");
    }

    /** At most 60 characters of what was given, on one line. */
    public static String shown(String given) {
        String clean = given.replaceAll("[\\p{Cntrl}\\s]+", " ");
        return "'" + (clean.length() > 60 ? clean.substring(0, 60) + "..." : clean) + "'";
    }

    public static @Nullable String nearest(String given, Collection<String> accepted) {
        if (given.length() > 40) {
            return null;
        }
        String nearest = null;
        int best = Math.max(1, given.length() / 3) + 1;
        for (String candidate : accepted) {
            int distance = distance(given.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    // Optimal string alignment: insert, delete, replace, or swap two neighbours.
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replace = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + replace);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }

    private record Found(String source, String problem) {}
}
