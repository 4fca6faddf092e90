/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.io.PrintStream;
import java.util.Map;

/**
 * Where the program writes, and what may be written there. Results go to {@code out}, everything said about them to
 * {@code err}, so that a pipe gets results alone.
 *
 * @param out standard output
 * @param err standard error
 * @param live whether {@code err} is a terminal on which a line can be written again
 * @param colours whether {@code err} and {@code out} may carry colours
 * @param width columns of the terminal
 */
record Terminal(PrintStream out, PrintStream err, boolean live, boolean colours, int width) {

    private static final int DEFAULT_WIDTH = 100;
    private static final int HELP_WIDTH = 80;
    private static final int LEAST_HELP_WIDTH = 60;

    /**
     * The process's own. The launcher says in {@code SANDFLOCK_TTY} which of 0, 1 and 2 are terminals: Java 17 cannot tell for
     * one stream alone. Without the launcher nothing is taken for a terminal.
     */
    static Terminal ofProcess(Map<String, String> environment) {
        String ttys = environment.getOrDefault("SANDFLOCK_TTY", "");
        boolean dumb = "dumb".equals(environment.get("TERM"));
        boolean live = ttys.contains("2") && !dumb;
        // https://no-color.org: present and not empty, whatever the value.
        boolean colours = live
                && ttys.contains("1")
                && environment.getOrDefault("NO_COLOR", "").isEmpty();
        return new Terminal(System.out, System.err, live, colours, width(environment.get("COLUMNS")));
    }

    /** How wide help is laid out. */
    int helpWidth() {
        return live ? Math.max(LEAST_HELP_WIDTH, width) : HELP_WIDTH;
    }

    String bold(String text) {
        return paint("1", text);
    }

    String faint(String text) {
        return paint("2", text);
    }

    String red(String text) {
        return paint("31", text);
    }

    String green(String text) {
        return paint("32", text);
    }

    String yellow(String text) {
        return paint("33", text);
    }

    private String paint(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    private static int width(@org.jspecify.annotations.Nullable String columns) {
        return columns != null && columns.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(columns) : DEFAULT_WIDTH;
    }
}
