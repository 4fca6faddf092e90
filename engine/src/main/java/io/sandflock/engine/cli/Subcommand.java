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
    RUN("run", RunCommand.class, RunCommand.ABOUT),
    EXEC("exec", ExecCommand.class, ExecCommand.ABOUT),
    PLAN("plan", PlanCommand.class, PlanCommand.ABOUT),
    REPORT("report", ReportCommand.class, ReportCommand.ABOUT),
    LIST("list", ListCommand.class, ListCommand.ABOUT),
    CLEANUP("cleanup", CleanupCommand.class, CleanupCommand.ABOUT),
    SNAPSHOT("snapshot", SnapshotCommand.class, SnapshotCommand.ABOUT),
    LOCAL("local", LocalCommand.class, LocalCommand.ABOUT),
    DOCTOR("doctor", DoctorCommand.class, DoctorCommand.ABOUT),
    WARM_UP("warm-up", WarmUpCommand.class, WarmUpCommand.ABOUT);

    private final String words;
    private final Class<?> type;
    private final String about;

    Subcommand(String words, Class<?> type, String about) {
        this.words = words;
        this.type = type;
        this.about = about;
    }

    void addTo(CommandLine program, String... args) {
        boolean isAskedFor = Arrays.stream(args)
                .filter(arg -> !arg.startsWith("-"))
                .findFirst()
                .filter(words::equals)
                .isPresent();
        program.addSubcommand(words, isAskedFor ? type : unread());
    }

    private CommandSpec unread() {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description(about).hidden(this == WARM_UP);
        return spec;
    }
}
