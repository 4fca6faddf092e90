/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The program's commands, in the order in which the help lists them. Only the annotations of the one that is asked for are read; the
 * others are known by name and description.
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
        for (Subcommand each : values()) {
            if (each.words.equals(words)) {
                return each != PLAN && each != REPORT && each != LOCAL && each != WARM_UP;
            }
        }
        return false;
    }

    void addTo(CommandLine program, String... args) {
        boolean isAskedFor = Arrays.stream(args)
                .filter(arg -> !arg.startsWith("-"))
                .findFirst()
                .filter(words::equals)
                .isPresent();
        program.addSubcommand(words, isAskedFor ? type() : unread());
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
