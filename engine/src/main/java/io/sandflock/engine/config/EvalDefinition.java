/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.task.EvalTask;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An eval file with its dataset, read and checked: nothing in it can still be refused before a sandbox exists.
 *
 * @param name the eval's name
 * @param file the eval file
 * @param sandbox the sandbox of samples that name none
 * @param samples in the dataset's order
 * @param task what is done with each
 * @param epochs how often each sample is run
 * @param sampleLimit time for a sample, per attempt
 * @param retryOnError further attempts after an infrastructure failure
 * @param details for {@code run.json}: the resolved settings without any command, variable or sample
 */
public record EvalDefinition(
        String name,
        Path file,
        SandboxSpec sandbox,
        List<Sample> samples,
        EvalTask task,
        int epochs,
        Duration sampleLimit,
        int retryOnError,
        Map<String, Object> details) {

    /** Copies the collections. */
    public EvalDefinition {
        samples = List.copyOf(samples);
        details = Map.copyOf(details);
    }

    /** The same with these samples alone. */
    public EvalDefinition with(List<Sample> some) {
        return new EvalDefinition(name, file, sandbox, some, task, epochs, sampleLimit, retryOnError, details);
    }

    /** The run of this eval, with the defaults of {@link RunSpec} for what an eval file does not say. */
    public RunSpec runSpec() {
        RunSpec.Limits defaults = RunSpec.Limits.defaults();
        RunSpec.Limits limits = new RunSpec.Limits(
                defaults.maxSandboxes(),
                SandboxRequest.DEFAULT_CREATE_TIMEOUT,
                sampleLimit,
                Optional.empty(),
                retryOnError,
                Optional.empty());
        return new RunSpec(name, samples, task, sandbox, Map.of(), epochs, limits, true, Optional.empty(), details);
    }
}
