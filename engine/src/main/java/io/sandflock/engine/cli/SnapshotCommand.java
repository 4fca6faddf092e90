/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import picocli.CommandLine.Command;

@Command(
        name = "snapshot",
        description = SnapshotCommand.ABOUT,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SnapshotEnsureCommand.class,
            SnapshotListCommand.class,
            SnapshotDeleteCommand.class,
            SnapshotPruneCommand.class
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SnapshotCommand {

    /** In the list of commands; read without this class. */
    static final String ABOUT = "Makes, shows and deletes what sandboxes are made from.";
}
