/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what {@code up.sh} prints, as it comes. Not thread-safe. */
final class UpReport {

    /** Longer reports are cut: all sections have a bound, so that nothing honest is. */
    private static final int LONGEST = 256 << 10;

    private static final int FIELDS = 8;

    private final String lead;
    private final StringBuilder text = new StringBuilder();
    private int lineStart = 0;
    private boolean ready = false;
    private boolean up = false;
    private String phases = "";
    private final List<Container> containers = new ArrayList<>();
    private @Nullable Failure failure = null;
    private int failureAt = 0;

    /** @param word that begins each of its lines */
    UpReport(String word) {
        this.lead = word + " ";
    }

    /** Takes the next output. */
    void add(byte[] bytes) {
        if (text.length() > LONGEST) {
            return;
        }
        text.append(new String(bytes, StandardCharsets.UTF_8));
        for (int end = text.indexOf("\n", lineStart); end >= 0; end = text.indexOf("\n", lineStart)) {
            String line = text.substring(lineStart, end);
            lineStart = end + 1;
            if (line.startsWith(lead)) {
                line(line.substring(lead.length()));
            }
        }
    }

    /** Whether the daemon answered. */
    boolean isReady() {
        return ready;
    }

    /** Whether all services were ready. */
    boolean isUp() {
        return up;
    }

    /** The phases that have ended and how long they took, for people: {@code dockerd 1240 ms, …}. */
    String phases() {
        return phases;
    }

    /** One for each container, in no order. */
    List<Container> containers() {
        return List.copyOf(containers);
    }

    /** What failed, once the program has ended. */
    Optional<Failure> failure() {
        Failure found = failure;
        return found == null
                ? Optional.empty()
                : Optional.of(new Failure(found.kind(), found.service(), found.what(), diagnosis()));
    }

    private String diagnosis() {
        return text.substring(failureAt)
                .lines()
                .filter(line -> !line.startsWith(lead))
                .reduce(new StringBuilder(), (all, line) -> all.append(line).append('\n'), StringBuilder::append)
                .toString()
                .strip();
    }

    private void line(String line) {
        String[] words = line.split(" ", 4);
        switch (words[0].contains("|") ? words[0].substring(0, words[0].indexOf('|')) : words[0]) {
            case "ready" -> ready = true;
            case "up" -> {
                up = true;
                phases = readable(line);
            }
            case "phases" -> phases = readable(line);
            case "service" -> container(line);
            case "failed" -> {
                failureAt = lineStart;
                failure = new Failure(
                        words.length > 1 ? words[1] : "up",
                        words.length > 2 && !words[2].equals("-") ? Optional.of(words[2]) : Optional.empty(),
                        words.length > 3 ? words[3] : "no reason was given",
                        "");
            }
            default -> {}
        }
    }

    private static String readable(String line) {
        int first = line.indexOf(' ');
        return first < 0
                ? ""
                : line.substring(first + 1)
                        .replace("=", " ")
                        .replaceAll("(\\d+)(?: |$)", "$1 ms, ")
                        .replaceAll(", $", "");
    }

    private void container(String line) {
        String[] fields = line.split("\\|", -1);
        if (fields.length >= FIELDS) {
            containers.add(new Container(fields[1], number(fields[2]), fields[3], fields[4], fields[5], fields[6]));
        }
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            return Integer.MAX_VALUE;
        }
    }

    /**
     * A container of a service.
     *
     * @param number counts a service's containers from 1
     * @param status for example {@code running}
     * @param user as configured; root when empty
     * @param workingDir as configured; {@code /} when empty
     */
    record Container(String service, int number, String id, String status, String user, String workingDir) {

        Container {
            Objects.requireNonNull(service, "service");
        }
    }

    /**
     * Why the services are not up.
     *
     * @param kind {@code daemon}, {@code compose}, {@code upload}, {@code pull}, {@code build}, {@code up}, {@code exited},
     *     {@code unhealthy}, {@code timeout}
     * @param what a sentence
     * @param diagnosis logs, bounded
     */
    record Failure(String kind, Optional<String> service, String what, String diagnosis) {}
}
