/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Command(
        name = "delete",
        description = "Deletes the snapshots that are named.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SnapshotDeleteCommand implements Callable<Integer> {

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "names or ids")
    private List<String> names = new ArrayList<>();

    @Mixin
    private SnapshotDeletion deletion = new SnapshotDeletion();

    SnapshotDeleteCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        deletion.check();
        return Session.use(invocation, platform, this::delete);
    }

    /** All are looked up before one is deleted: a name that is wrong is told first. */
    private Mono<Integer> delete(Session session) {
        return Flux.fromIterable(names)
                .distinct()
                .concatMap(name -> session.platform().snapshots().get(name), 1)
                .collectList()
                .flatMap(found -> deletion.of(found, session, invocation));
    }
}
