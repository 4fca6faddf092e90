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
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.task.TaskFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** The sandboxes of an eval's samples, planned before there is any. Blocks on files. */
final class EvalPlans {

    private EvalPlans() {}

    /**
     * Samples that get the same sandbox.
     *
     * @param spec as it was written
     * @param plan what becomes of it
     * @param samples in the dataset's order
     */
    record Group(SandboxSpec spec, SandboxPlan plan, List<Sample> samples) {}

    private record Key(SandboxSpec spec, SandboxPlan plan) {}

    /** @throws InvalidInputException when a sandbox cannot be planned, or a file is for a service that it does not have */
    static List<Group> of(EvalDefinition definition, Map<String, String> environment) {
        Map<Key, Group> groups = new LinkedHashMap<>();
        plan(
                definition,
                environment,
                (key, sample) -> groups.computeIfAbsent(key, k -> new Group(k.spec(), k.plan(), new ArrayList<>()))
                        .samples()
                        .add(sample));
        return List.copyOf(groups.values());
    }

    /** The same without the plans. */
    static void check(EvalDefinition definition, Map<String, String> environment) {
        plan(definition, environment, (key, sample) -> {});
    }

    private static void plan(
            EvalDefinition definition, Map<String, String> environment, BiConsumer<Key, Sample> planned) {
        SandboxPlanner planner = new SandboxPlanner(PlannerSettings.defaults().withEnvironment(environment));
        for (Sample sample : definition.samples()) {
            SandboxSpec spec = sample.sandbox().orElse(definition.sandbox());
            SandboxPlan plan = planner.planNow(spec, Optional.of(sample));
            refuseStrangers(definition, sample, plan);
            planned.accept(new Key(spec, plan), sample);
        }
    }

    private static void refuseStrangers(EvalDefinition definition, Sample sample, SandboxPlan plan) {
        Set<String> there = new LinkedHashSet<>(Set.of(plan.environment()));
        plan.project()
                .ifPresent(project ->
                        project.services().stream().map(Project.Service::name).forEach(there::add));
        for (TaskFile file : definition.task().planFor(sample).files()) {
            if (!file.environment().isEmpty() && !there.contains(file.environment())) {
                throw new InvalidInputException(
                        definition.file().toString(),
                        "sample '" + sample.id() + "': the file '" + file.environment() + ":" + file.path()
                                + "' is for a service that its sandbox does not have; accepted: "
                                + String.join(", ", there));
            }
        }
    }
}
