/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

/**
 * The program's own help, as picocli lays it out, and without picocli: what everybody asks for first is there before a JVM has read a
 * library. Its words are also those of {@link ProgramLine}, which knows the program's line to the parser.
 *
 * <p>For the same reason it does without lambdas, streams and patterns.
 */
final class ProgramHelp {

    static final String[] DESCRIPTION = {
        "Runs AI-evaluation samples in isolated sandboxes, thousands at a time.",
        "",
        "Sandboxes are Daytona's when DAYTONA_API_KEY is set (DAYTONA_API_URL: another address than the hosted"
                + " service's); otherwise they run on this machine, on a platform embedded in this program."
    };

    static final Entry VERBOSE =
            new Entry("-v", "--verbose", "log what happens on standard error; twice: every request");
    static final Entry HELP = new Entry("-h", "--help", "Show this help message and exit.");
    static final Entry VERSION = new Entry("-V", "--version", "Print version information and exit.");

    static final Entry[] EXIT_CODES = {
        new Entry("", "0", "done; wrong answers of samples are results, not failures of the program"),
        new Entry("", "1", "done, but samples failed for a reason that is not their own, or sandboxes are left"),
        new Entry("", "2", "the input was refused, and nothing was created"),
        new Entry(
                "",
                "3",
                "the platform cannot be used: not there, wrong key, not able to; or the JVM is out of memory, and says so"),
        new Entry("", "70", "a defect of Sandflock's own"),
        new Entry("", "125", "'sandflock exec' itself failed; every other code of it is the command's"),
        new Entry("", "130", "ended by Ctrl-C (143: by SIGTERM), after everything was released")
    };

    private static final String BOLD = "\u001b[1m";
    private static final String NOT_BOLD = "\u001b[21m\u001b[0m";
    private static final String YELLOW = "\u001b[33m";
    private static final String NOT_YELLOW = "\u001b[39m\u001b[0m";

    private final StringBuilder text = new StringBuilder(4096);
    private final int width;
    private final boolean colours;

    private ProgramHelp(int width, boolean colours) {
        this.width = width;
        this.colours = colours;
    }

    /**
     * A line of one of the lists.
     *
     * @param mark a short name, or nothing
     * @param name the name
     * @param about what it means
     */
    record Entry(String mark, String name, String about) {}

    /** Whether nothing but the help is asked for. */
    static boolean isAll(String... args) {
        return args.length == 1 && (args[0].equals(HELP.mark) || args[0].equals(HELP.name));
    }

    /** Whether nothing but the version is asked for. */
    static boolean isVersion(String... args) {
        return args.length == 1 && (args[0].equals(VERSION.mark) || args[0].equals(VERSION.name));
    }

    /** The help; {@code width} is in columns, 60 or more. */
    static String text(int width, boolean colours) {
        return new ProgramHelp(width, colours).all();
    }

    private String all() {
        text.append("Usage: ").append(bold("sandflock")).append(" [").append(yellow("-hVv"));
        text.append("] COMMAND").append(System.lineSeparator());
        for (String paragraph : DESCRIPTION) {
            wrap(paragraph, 0, 0);
        }
        options();
        line("Commands:");
        commands();
        line("");
        line("Exit codes:");
        for (Entry code : EXIT_CODES) {
            entry(code.name, code.name.length(), 5, code.about);
        }
        return text.toString();
    }

    private void options() {
        for (Entry option : new Entry[] {VERBOSE, HELP, VERSION}) {
            String names = yellow(option.mark) + ", " + yellow(option.name);
            entry(names, option.mark.length() + 2 + option.name.length(), 15, option.about);
        }
    }

    private void commands() {
        int longest = 0;
        for (Subcommand command : Subcommand.values()) {
            longest = command.isHidden()
                    ? longest
                    : Math.max(longest, command.words().length());
        }
        for (Subcommand command : Subcommand.values()) {
            if (!command.isHidden()) {
                entry(bold(command.words()), command.words().length(), longest + 1, command.about());
            }
        }
    }

    /** @param columns of the name, without what colours it */
    private void entry(String name, int columns, int column, String about) {
        text.append("  ").append(name);
        for (int i = columns; i < column; i++) {
            text.append(' ');
        }
        text.append(' ');
        wrap(about, column + 3, column + 5);
    }

    /**
     * @param first where the text begins in the line that is begun
     * @param others where its other lines begin
     */
    private void wrap(String words, int first, int others) {
        int column = first;
        int start = 0;
        while (start < words.length()) {
            int blank = words.indexOf(' ', start);
            int end = blank < 0 ? words.length() : blank + 1;
            // As picocli has it: the blank behind a word needs its place too.
            if (column + end - start > width && column > others) {
                newLine();
                for (column = 0; column < others; column++) {
                    text.append(' ');
                }
            }
            text.append(words, start, end);
            column += end - start;
            start = end;
        }
        newLine();
    }

    private void line(String whole) {
        text.append(whole).append(System.lineSeparator());
    }

    /** No line ends with blanks. */
    private void newLine() {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        text.setLength(end);
        text.append(System.lineSeparator());
    }

    private String bold(String name) {
        return colours ? BOLD + name + NOT_BOLD : name;
    }

    private String yellow(String name) {
        return colours ? YELLOW + name + NOT_YELLOW : name;
    }
}
