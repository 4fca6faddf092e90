/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The program's commands, in the order in which the help lists them. Only the options of the one that is asked for are read; the
 * others are known by name and description, where they are needed at all.
 */
enum Subcommand {
    RUN("run", RunCommand.ABOUT),
    EXEC("exec", ExecCommand.ABOUT),
    PLAN("plan", PlanCommand.ABOUT),
    REPORT("report", ReportCommand.ABOUT),
    LIST("list", ListCommand.ABOUT),
    CLEANUP("cleanup", CleanupCommand.ABOUT),
    SNAPSHOT("snapshot", SnapshotCommand.ABOUT),
    LOCAL("local", LocalCommand.ABOUT),
    DOCTOR("doctor", DoctorCommand.ABOUT),
    WARM_UP("warm-up", WarmUpCommand.ABOUT);

    private final String words;
    private final String about;

    Subcommand(String words, String about) {
        this.words = words;
        this.about = about;
    }

    String words() {
        return words;
    }

    String about() {
        return about;
    }

    /** Whether the help does not list it. */
    boolean isHidden() {
        return this == WARM_UP;
    }

    /** Whether the command of this name is a client of a platform, the embedded one or another. */
    static boolean callsPlatform(String words) {
        Subcommand named = named(words);
        return named != null && named != PLAN && named != REPORT && named != LOCAL && named != WARM_UP;
    }

    /**
     * Adds the commands that these arguments are about: that which is asked for, with its options, and alone, since each that the
     * parser knows takes it time; or all, by name and description, where something else comes first.
     */
    static void addTo(CommandLine program, Invocation invocation, String... args) {
        Subcommand asked = askedFor(args);
        if (asked != null) {
            program.addSubcommand(asked.words, asked.read(invocation));
            return;
        }
        String word = firstWord(args);
        for (Subcommand each : values()) {
            program.addSubcommand(each.words, each.words.equals(word) ? each.read(invocation) : each.unread());
        }
    }

    /** What the parser knows of it: by code where somebody waits for it, else by annotations. */
    private Object read(Invocation invocation) {
        return this == RUN ? new RunCommand(invocation).spec() : type();
    }

    /** The command that comes first, or behind nothing but a wish for more logging. */
    private static @Nullable Subcommand askedFor(String... args) {
        for (String arg : args) {
            if (!Logging.isVerbose(arg)) {
                return named(arg);
            }
        }
        return null;
    }

    private static @Nullable Subcommand named(String words) {
        for (Subcommand each : values()) {
            if (each.words.equals(words)) {
                return each;
            }
        }
        return null;
    }

    private static String firstWord(String... args) {
        for (String arg : args) {
            if (!arg.startsWith("-")) {
                return arg;
            }
        }
        return "";
    }

    /** Not a field: the list of commands loads none of them. */
    private Class<?> type() {
        return switch (this) {
            case RUN -> RunCommand.class;
            case EXEC -> ExecCommand.class;
            case PLAN -> PlanCommand.class;
            case REPORT -> ReportCommand.class;
            case LIST -> ListCommand.class;
            case CLEANUP -> CleanupCommand.class;
            case SNAPSHOT -> SnapshotCommand.class;
            case LOCAL -> LocalCommand.class;
            case DOCTOR -> DoctorCommand.class;
            case WARM_UP -> WarmUpCommand.class;
        };
    }

    private CommandSpec unread() {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description(about).hidden(isHidden());
        return spec;
    }
}
