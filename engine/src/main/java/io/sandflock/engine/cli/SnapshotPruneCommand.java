/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import io.sandflock.engine.snapshot.OwnSnapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

@Command(
        name = "prune",
        description = {
            "Deletes snapshots that you had built from images and Dockerfiles and that no sandbox was made from for some days.",
            "Nobody else's, and none whose name somebody chose."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SnapshotPruneCommand implements Callable<Integer> {

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Option(
            names = "--older-than",
            paramLabel = "DAYS",
            defaultValue = "14",
            description = "days without a sandbox; default: 14")
    private int days = 14;

    @Mixin
    private SnapshotDeletion deletion = new SnapshotDeletion();

    SnapshotPruneCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        deletion.check();
        if (days < 0) {
            throw new InvalidInputException("--older-than", "must not be negative, was " + days);
        }
        return Session.use(invocation, platform, this::prune);
    }

    private Mono<Integer> prune(Session session) {
        Instant since = Instant.now().minus(Duration.ofDays(days));
        return session.platform()
                .snapshots()
                .list()
                .filter(snapshot -> OwnSnapshots.isPrunable(snapshot, session.owner(), since))
                .collectSortedList(Comparator.comparing(SnapshotInfo::name))
                .flatMap(found -> deletion.of(found, session, invocation));
    }
}
