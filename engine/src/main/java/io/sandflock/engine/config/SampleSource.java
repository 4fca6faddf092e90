/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.document.Bounds;
import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import io.sandflock.engine.task.EvalTask;
import io.sandflock.engine.task.TaskFile;
import io.sandflock.engine.task.TaskPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Where an eval's samples come from: a dataset, or the eval file itself. Takes those that the options ask for, and checks each
 * against what is done with it. With a limit, nothing after it is read.
 */
final class SampleSource {

    private final Problems problems;
    private final SampleReader reader;
    private final EvalOverrides overrides;
    private final Consumer<Predicate<Node>> rows;
    private final List<SampleReader.Row> taken = new ArrayList<>();
    private int read;

    private SampleSource(
            Problems problems, SampleReader reader, EvalOverrides overrides, Consumer<Predicate<Node>> rows) {
        this.problems = problems;
        this.reader = reader;
        this.overrides = overrides;
        this.rows = rows;
    }

    /** A dataset; its rows may name host files inside the eval's folder only. */
    static SampleSource of(Dataset dataset, DatasetFields fields, Path folder, EvalOverrides overrides) {
        Problems problems = new Problems(dataset.file());
        SampleReader reader = new SampleReader(problems, fields, new HostFolder(folder, true), dataset.csv());
        return new SampleSource(problems, reader, overrides, dataset::rows);
    }

    /** Samples of the eval file itself, which its author vouches for. */
    static SampleSource of(Node samples, Problems problems, Path folder, EvalOverrides overrides) {
        SampleReader reader = new SampleReader(problems, DatasetFields.INSPECT, new HostFolder(folder, false), false);
        return new SampleSource(problems, reader, overrides, more -> {
            if (!(samples instanceof Node.Items list)) {
                problems.add(samples, "samples: expected a list of mappings, was " + samples.kind());
                return;
            }
            for (Node item : list.items()) {
                if (!more.test(item)) {
                    return;
                }
            }
        });
    }

    /** What a run needs of the samples. */
    record Loaded(String file, List<Sample> samples, EvalTask task) {}

    /** Reads the rows and notes their problems. */
    SampleSource read() {
        rows.accept(this::take);
        if (read == 0 && !problems.any()) {
            problems.add(1, "there are no samples in it");
        }
        return this;
    }

    /** Whether to go on. */
    private boolean take(Node node) {
        read++;
        if (read > Bounds.SAMPLES) {
            throw Problems.at(
                    problems.file(), node.line(), "more than " + Bounds.SAMPLES + " samples; use --limit", null);
        }
        SampleReader.Row row = reader.read(node, read);
        int number = read;
        if (row != null && overrides.shard().map(shard -> shard.takes(number)).orElse(true)) {
            taken.add(row);
        }
        return read < overrides.limit().orElse(Integer.MAX_VALUE);
    }

    /** Checks the samples against the plan and throws all problems. */
    Loaded load(TaskPlan plan, SandboxSpec sandbox) {
        Map<String, TaskPlan.Own> own = new HashMap<>();
        for (SampleReader.Row row : taken) {
            if (!row.own().isNone()) {
                own.put(row.sample().id(), row.own());
            }
        }
        EvalTask task = new EvalTask(plan, own);
        for (SampleReader.Row row : taken) {
            Sample sample = row.sample();
            task.problem(sample)
                    .or(() -> foreignFile(task.planFor(sample), sample.sandbox().orElse(sandbox)))
                    .ifPresent(text -> problems.add(row.line(), "sample " + Problems.shown(sample.id()) + ": " + text));
        }
        problems.throwIfAny();
        return new Loaded(
                problems.file(), taken.stream().map(SampleReader.Row::sample).toList(), task);
    }

    private static Optional<String> foreignFile(TaskPlan plan, SandboxSpec sandbox) {
        return sandbox instanceof SandboxSpec.Compose
                ? Optional.empty()
                : plan.files().stream()
                        .map(TaskFile::environment)
                        .filter(name -> !name.isEmpty() && !name.equals("default"))
                        .findFirst()
                        .map(name ->
                                "files: '" + name + ":' names a compose service, and the sandbox is no compose file"
                                        + "; a path with a colon is written ./" + name + ":...");
    }
}
