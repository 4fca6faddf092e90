/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.platform.SandboxInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

@Command(name = "list", description = ListCommand.ABOUT, mixinStandardHelpOptions = true, sortOptions = false)
final class ListCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT = "Shows the sandboxes that Sandflock or Inspect made.";

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Mixin
    private SelectionOptions selection = new SelectionOptions();

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    ListCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        return Session.use(invocation, platform, this::list);
    }

    private Mono<Integer> list(Session session) {
        return selection.find(session).collectList().map(this::show);
    }

    private int show(List<SandboxInfo> sandboxes) {
        if (json) {
            invocation.printJson(sandboxes.stream().map(ListCommand::asJson).toList());
        } else if (sandboxes.isEmpty()) {
            invocation.say("no sandboxes");
        } else {
            invocation.print(table(sandboxes, Instant.now()).lines());
        }
        return ExitCode.DONE;
    }

    static Table table(List<SandboxInfo> sandboxes, Instant now) {
        Table table = new Table("name", "state", "run", "sample", ">age", "id");
        for (SandboxInfo sandbox : sandboxes) {
            table.row(
                    sandbox.name(),
                    sandbox.rawState(),
                    sandbox.labels().getOrDefault("inspect_run_id", "-"),
                    sandbox.labels().getOrDefault("sandflock_sample", "-"),
                    sandbox.createdAt()
                            .map(at -> Text.of(Duration.between(at, now)))
                            .orElse("-"),
                    sandbox.id());
        }
        return table;
    }

    static Map<String, Object> asJson(SandboxInfo sandbox) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", sandbox.id());
        json.put("name", sandbox.name());
        json.put("state", sandbox.rawState());
        json.put("labels", sandbox.labels());
        json.put("snapshot", sandbox.snapshot().orElse(null));
        json.put("target", sandbox.target());
        json.put("createdAt", sandbox.createdAt().map(Instant::toString).orElse(null));
        return json;
    }
}
