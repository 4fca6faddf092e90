/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.config.EvalDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        description = "Reads and checks an eval and its dataset and shows what a run would create, without touching a platform.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PlanCommand implements Callable<Integer> {

    private final Invocation invocation;

    @Mixin
    private EvalOptions eval = new EvalOptions();

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    PlanCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        EvalDefinition definition = eval.load();
        Map<String, List<Sample>> bySandbox = new LinkedHashMap<>();
        for (Sample sample : definition.samples()) {
            SandboxSpec spec = sample.sandbox().orElse(definition.sandbox());
            bySandbox.computeIfAbsent(spec.toString(), none -> new ArrayList<>()).add(sample);
        }
        if (json) {
            invocation.printJson(asJson(definition, bySandbox));
        } else {
            show(definition, bySandbox);
        }
        return ExitCode.DONE;
    }

    private void show(EvalDefinition definition, Map<String, List<Sample>> bySandbox) {
        invocation.print(List.of(definition.name() + ": " + Text.count(definition.samples().size(), "sample") + " × "
                + Text.count(definition.epochs(), "epoch") + ", at most "
                + Text.of(definition.sampleLimit()) + " and " + (1 + definition.retryOnError())
                + " attempts each"));
        Table table = new Table("sandbox", ">sandboxes", "for example");
        bySandbox.forEach((sandbox, samples) -> table.row(
                sandbox, samples.size() * definition.epochs(), samples.get(0).id()));
        invocation.print(table.lines());
    }

    private static Map<String, @Nullable Object> asJson(
            EvalDefinition definition, Map<String, List<Sample>> bySandbox) {
        Map<String, @Nullable Object> plan = new LinkedHashMap<>();
        plan.put("eval", definition.name());
        plan.put("samples", definition.samples().size());
        plan.put("epochs", definition.epochs());
        plan.put("sampleLimitSeconds", definition.sampleLimit().toMillis() / 1_000.0);
        plan.put("retryOnError", definition.retryOnError());
        List<Map<String, Object>> sandboxes = new ArrayList<>();
        bySandbox.forEach((sandbox, samples) -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("sandbox", sandbox);
            row.put("count", samples.size() * definition.epochs());
            row.put("samples", samples.stream().map(Sample::id).toList());
            sandboxes.add(row);
        });
        plan.put("sandboxes", sandboxes);
        plan.put("settings", definition.details());
        return plan;
    }
}
