/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.compose.SandboxPlanner;
import io.sandflock.engine.config.EvalDefinition;
import io.sandflock.engine.config.SandboxFile;
import io.sandflock.engine.plan.SandboxPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        description = {PlanCommand.ABOUT, "Values of variables and build arguments are never shown."},
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PlanCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT =
            "Reads and checks an eval and its dataset, or a compose file or Dockerfile alone, and shows "
                    + "what would be created: request, snapshot, services, resources and every warning. Touches "
                    + "no platform.";

    private final Invocation invocation;

    @Mixin
    private EvalOptions eval = new EvalOptions();

    @Option(names = "--sample", paramLabel = "ID", description = "the sandbox of this sample only")
    private @Nullable String sample;

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    PlanCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        Optional<SandboxSpec> sandbox = eval.path().flatMap(SandboxFile::of);
        if (sandbox.isPresent()) {
            showSandbox(sandbox.get());
        } else {
            showEval(eval.load());
        }
        return ExitCode.DONE;
    }

    private void showSandbox(SandboxSpec spec) {
        if (sample != null) {
            throw new InvalidInputException("--sample", "there are no samples in the " + spec + "; name its eval");
        }
        PlannerSettings settings = PlannerSettings.defaults().withEnvironment(invocation.environment());
        SandboxPlan plan = new SandboxPlanner(settings).planNow(spec, Optional.empty());
        if (json) {
            invocation.printJson(PlanJson.of(plan));
        } else {
            invocation.print(PlanText.lines(plan));
        }
    }

    private void showEval(EvalDefinition definition) {
        List<EvalPlans.Group> groups = EvalPlans.of(selected(definition), invocation.environment());
        if (json) {
            invocation.printJson(asJson(definition, groups));
        } else {
            show(definition, groups);
        }
    }

    private EvalDefinition selected(EvalDefinition all) {
        if (sample == null) {
            return all;
        }
        List<Sample> samples =
                all.samples().stream().filter(one -> one.id().equals(sample)).toList();
        if (samples.isEmpty()) {
            throw new InvalidInputException("--sample", "the eval " + all.name() + " has no sample '" + sample + "'");
        }
        return all.with(samples);
    }

    private void show(EvalDefinition definition, List<EvalPlans.Group> groups) {
        invocation.print(List.of(
                definition.name() + ": " + Text.count(definition.samples().size(), "sample") + " × "
                        + Text.count(definition.epochs(), "epoch") + ", at most "
                        + Text.of(definition.sampleLimit()) + " and " + (1 + definition.retryOnError())
                        + " attempts each"));
        Table table = new Table("sandbox", ">sandboxes", "for example");
        groups.forEach(group -> table.row(
                group.spec(),
                group.samples().size() * definition.epochs(),
                group.samples().get(0).id()));
        invocation.print(table.lines());
        for (EvalPlans.Group group : groups) {
            invocation.print(List.of(
                    "",
                    Table.printable(group.spec() + ", for example of the sample "
                            + group.samples().get(0).id())));
            invocation.print(PlanText.lines(group.plan()));
        }
    }

    private static Map<String, @Nullable Object> asJson(EvalDefinition definition, List<EvalPlans.Group> groups) {
        Map<String, @Nullable Object> plan = new LinkedHashMap<>();
        plan.put("eval", definition.name());
        plan.put("samples", definition.samples().size());
        plan.put("epochs", definition.epochs());
        plan.put("sampleLimitSeconds", definition.sampleLimit().toMillis() / 1_000.0);
        plan.put("retryOnError", definition.retryOnError());
        List<Map<String, Object>> sandboxes = new ArrayList<>();
        for (EvalPlans.Group group : groups) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("sandbox", group.spec().toString());
            row.put("count", group.samples().size() * definition.epochs());
            row.put("samples", group.samples().stream().map(Sample::id).toList());
            row.put("plan", PlanJson.of(group.plan()));
            sandboxes.add(row);
        }
        plan.put("sandboxes", sandboxes);
        plan.put("settings", definition.details());
        return plan;
    }
}
