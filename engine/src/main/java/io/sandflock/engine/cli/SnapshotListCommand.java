/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import io.sandflock.engine.snapshot.OwnSnapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

@Command(
        name = "list",
        description = "Shows the snapshots that were made by you.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SnapshotListCommand implements Callable<Integer> {

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Option(names = "--all", description = "everybody's, and the platform's own")
    private boolean all;

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    SnapshotListCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        return Session.use(invocation, platform, this::list);
    }

    private Mono<Integer> list(Session session) {
        return session.platform()
                .snapshots()
                .list()
                .filter(snapshot -> all || OwnSnapshots.isOwn(snapshot, session.owner()))
                .collectSortedList(Comparator.comparing(SnapshotInfo::name))
                .map(snapshots -> show(snapshots, session.owner()));
    }

    private int show(List<SnapshotInfo> snapshots, String owner) {
        if (json) {
            invocation.printJson(
                    snapshots.stream().map(snapshot -> asJson(snapshot, owner)).toList());
        } else if (snapshots.isEmpty()) {
            invocation.say("no snapshots");
        } else {
            invocation.print(table(snapshots, owner, Instant.now()).lines());
        }
        return ExitCode.DONE;
    }

    static Table table(List<SnapshotInfo> snapshots, String owner, Instant now) {
        Table table = new Table("name", "state", "whose", ">age", ">last used", "id");
        for (SnapshotInfo snapshot : snapshots) {
            table.row(
                    snapshot.name(),
                    snapshot.rawState(),
                    whose(snapshot, owner),
                    snapshot.createdAt()
                            .map(at -> Text.of(Duration.between(at, now)))
                            .orElse("-"),
                    snapshot.lastUsedAt()
                            .map(at -> Text.of(Duration.between(at, now)) + " ago")
                            .orElse("-"),
                    snapshot.id());
        }
        return table;
    }

    private static String whose(SnapshotInfo snapshot, String owner) {
        return snapshot.general() ? "the platform's" : OwnSnapshots.isOwn(snapshot, owner) ? "yours" : "-";
    }

    static Map<String, @Nullable Object> asJson(SnapshotInfo snapshot, String owner) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", snapshot.id());
        json.put("name", snapshot.name());
        json.put("state", snapshot.rawState());
        json.put("general", snapshot.general());
        json.put("own", OwnSnapshots.isOwn(snapshot, owner));
        json.put("errorReason", snapshot.errorReason().orElse(null));
        json.put("createdAt", snapshot.createdAt().map(Instant::toString).orElse(null));
        json.put("lastUsedAt", snapshot.lastUsedAt().map(Instant::toString).orElse(null));
        return json;
    }
}
