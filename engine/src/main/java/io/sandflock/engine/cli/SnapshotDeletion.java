/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.SandflockException;
import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Shows snapshots, asks, and deletes them. */
final class SnapshotDeletion {

    private static final int AT_ONCE = 8;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--dry-run", description = "show what would be deleted, and delete nothing")
    private boolean dryRun;

    @Option(names = "--json", description = "the result as JSON; needs --yes or --dry-run")
    private boolean json;

    void check() {
        if (json && !yes && !dryRun) {
            throw new InvalidInputException("--json", "cannot ask; give --yes or --dry-run too");
        }
    }

    Mono<Integer> of(List<SnapshotInfo> snapshots, Session session, Invocation invocation) {
        if (!json && !snapshots.isEmpty()) {
            invocation.print(SnapshotListCommand.table(snapshots, session.owner(), Instant.now())
                    .lines());
        }
        if (dryRun) {
            return Mono.fromSupplier(() -> wouldDelete(snapshots, session, invocation));
        }
        return Mono.fromCallable(() -> yes || snapshots.isEmpty() || asked(snapshots.size(), invocation))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(agreed -> agreed ? delete(snapshots, session, invocation) : Mono.just(ExitCode.INCOMPLETE));
    }

    private static boolean asked(int number, Invocation invocation) throws java.io.IOException {
        return Question.asked(invocation, "snapshot", "delete " + Text.count(number, "snapshot") + "?");
    }

    private int wouldDelete(List<SnapshotInfo> snapshots, Session session, Invocation invocation) {
        if (json) {
            invocation.printJson(Map.of(
                    "wouldDelete",
                    snapshots.stream()
                            .map(snapshot -> SnapshotListCommand.asJson(snapshot, session.owner()))
                            .toList()));
        } else {
            invocation.say(Text.count(snapshots.size(), "snapshot") + " would be deleted");
        }
        return ExitCode.DONE;
    }

    private Mono<Integer> delete(List<SnapshotInfo> snapshots, Session session, Invocation invocation) {
        Map<String, String> left = new LinkedHashMap<>();
        return Flux.fromIterable(snapshots)
                .flatMapSequential(
                        snapshot -> session.platform()
                                .snapshots()
                                .delete(snapshot.id())
                                .thenReturn("")
                                .onErrorResume(SandflockException.class, error -> Mono.just(error.reason()))
                                .map(reason -> Map.entry(snapshot.name(), reason)),
                        AT_ONCE,
                        1)
                .filter(ended -> !ended.getValue().isEmpty())
                .doOnNext(ended -> left.put(ended.getKey(), ended.getValue()))
                .then(Mono.fromSupplier(() -> result(snapshots, left, invocation)));
    }

    private int result(List<SnapshotInfo> snapshots, Map<String, String> left, Invocation invocation) {
        List<String> deleted = snapshots.stream()
                .map(SnapshotInfo::name)
                .filter(name -> !left.containsKey(name))
                .toList();
        if (json) {
            invocation.printJson(Map.of("deleted", deleted, "left", left));
        } else {
            left.forEach((name, reason) ->
                    invocation.say(invocation.terminal().red("left") + " " + Table.printable(name + ": " + reason)));
            invocation.say(Text.count(deleted.size(), "snapshot") + " deleted, " + left.size() + " left");
        }
        return left.isEmpty() ? ExitCode.DONE : ExitCode.INCOMPLETE;
    }
}
