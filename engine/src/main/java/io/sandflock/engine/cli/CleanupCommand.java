/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.lease.Cleanup;
import io.sandflock.engine.platform.SandboxInfo;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Command(
        name = "cleanup",
        description = {
            CleanupCommand.ABOUT,
            "The embedded platform's own leftovers (processes, mounts, folders) are swept whenever it starts, so also here."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CleanupCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT =
            "Deletes sandboxes that Sandflock or Inspect made: shows them, asks, deletes them in " + "parallel.";

    private static final int AT_ONCE = 32;

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Parameters(arity = "0..1", paramLabel = "ID", description = "one sandbox, by id or name; default: all")
    private @Nullable String id;

    @Mixin
    private SelectionOptions selection = new SelectionOptions();

    @Option(
            names = "--expired",
            description = "only those that nobody needs any more: their processes have not moved their expiry on")
    private boolean expired;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--dry-run", description = "show what would be deleted, and delete nothing")
    private boolean dryRun;

    @Option(names = "--json", description = "the result as JSON; needs --yes or --dry-run")
    private boolean json;

    CleanupCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        if (id != null && selection.namesARun()) {
            throw new InvalidInputException("ID, --run", "both were given; one of them is accepted");
        }
        if (id != null && expired) {
            throw new InvalidInputException("ID, --expired", "both were given; one of them is accepted");
        }
        if (json && !yes && !dryRun) {
            throw new InvalidInputException("--json", "cannot ask; give --yes or --dry-run too");
        }
        return Session.use(invocation, platform, this::cleanUp);
    }

    private Mono<Integer> cleanUp(Session session) {
        Mono<List<SandboxInfo>> found = id == null
                ? selection
                        .find(session)
                        .filter(sandbox -> !expired || Cleanup.isExpired(sandbox, Instant.now()))
                        .collectList()
                : session.platform().sandboxes().get(id).map(List::of);
        return found.flatMap(sandboxes -> decide(session, sandboxes));
    }

    private Mono<Integer> decide(Session session, List<SandboxInfo> sandboxes) {
        if (sandboxes.isEmpty()) {
            return Mono.fromSupplier(() -> nothing());
        }
        if (!json) {
            invocation.print(ListCommand.table(sandboxes, Instant.now()).lines());
        }
        if (dryRun) {
            return Mono.fromSupplier(() -> wouldDelete(sandboxes));
        }
        return Mono.fromCallable(() -> yes || asked(sandboxes.size()))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(agreed -> agreed ? delete(session, sandboxes) : Mono.just(ExitCode.INCOMPLETE));
    }

    private Mono<Integer> delete(Session session, List<SandboxInfo> sandboxes) {
        return selection
                .cleanup(session)
                .remove(Flux.fromIterable(sandboxes), AT_ONCE)
                .collectList()
                .map(this::result);
    }

    private int nothing() {
        if (json) {
            invocation.printJson(Map.of("deleted", List.of(), "left", Map.of()));
        } else {
            invocation.say("0 sandboxes left");
        }
        return ExitCode.DONE;
    }

    private int wouldDelete(List<SandboxInfo> sandboxes) {
        if (json) {
            invocation.printJson(Map.of(
                    "wouldDelete", sandboxes.stream().map(ListCommand::asJson).toList()));
        } else {
            invocation.say(Text.count(sandboxes.size(), "sandbox") + " would be deleted");
        }
        return ExitCode.DONE;
    }

    private boolean asked(int number) throws IOException {
        return Question.asked(invocation, "cleanup", "delete " + Text.count(number, "sandbox") + "?");
    }

    private int result(List<Cleanup.Removal> deletions) {
        Map<String, String> left = new LinkedHashMap<>();
        deletions.forEach(deletion ->
                deletion.left().ifPresent(why -> left.put(deletion.sandbox().name(), why.reason())));
        List<String> deleted = deletions.stream()
                .filter(deletion -> deletion.left().isEmpty())
                .map(deletion -> deletion.sandbox().name())
                .toList();
        if (json) {
            invocation.printJson(Map.of("deleted", deleted, "left", left));
        } else {
            left.forEach((name, reason) ->
                    invocation.say(invocation.terminal().red("left") + " " + name + ": " + Table.printable(reason)));
            invocation.say(Text.count(deleted.size(), "sandbox") + " deleted, " + left.size() + " left");
        }
        return left.isEmpty() ? ExitCode.DONE : ExitCode.INCOMPLETE;
    }
}
