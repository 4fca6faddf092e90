/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.InvalidInputException;
import io.sandflock.PermanentException;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.ImageBuild;
import io.sandflock.engine.plan.SandboxPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Resolves a sandbox's setting to a plan. One for an engine's life, for any number of runs and samples at once; it looks at no
 * platform.
 */
public final class SandboxPlanner {

    /** @param settings what plans depend on beside files */
    public SandboxPlanner(PlannerSettings settings) {
        Objects.requireNonNull(settings, "settings");
    }

    /** The plan of a sample's sandbox, its metadata at hand as {@code SAMPLE_METADATA_<KEY>}; otherwise as {@link #plan(SandboxSpec)}. */
    public Mono<SandboxPlan> plan(SandboxSpec spec, Sample sample) {
        Objects.requireNonNull(sample, "sample");
        return planned(spec);
    }

    /**
     * The plan of a sandbox that belongs to no sample. Cold; files are read on {@code boundedElastic}, each once and again when it was
     * changed. Cancelling does nothing but forget the plan. Errors: {@link InvalidInputException}, with file and line where there is
     * one.
     */
    public Mono<SandboxPlan> plan(SandboxSpec spec) {
        return planned(spec);
    }

    private static Mono<SandboxPlan> planned(SandboxSpec spec) {
        if (spec instanceof SandboxSpec.Default) {
            return Mono.just(SandboxPlan.of(new Base.DefaultSnapshot()));
        }
        if (spec instanceof SandboxSpec.Snapshot snapshot) {
            return Mono.just(SandboxPlan.of(new Base.Snapshot(snapshot.name())));
        }
        if (spec instanceof SandboxSpec.Image image) {
            return Mono.fromSupplier(() -> SandboxPlan.of(new Base.Image(reference(image.reference()))));
        }
        return Mono.fromSupplier(() -> fromFiles(spec)).subscribeOn(Schedulers.boundedElastic());
    }

    /** A reference with a line break in it would be more than one instruction of a Dockerfile. */
    private static String reference(String text) {
        if (text.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
            throw new InvalidInputException("image", "a reference without blanks is accepted");
        }
        return text;
    }

    private static SandboxPlan fromFiles(SandboxSpec spec) {
        if (spec instanceof SandboxSpec.Dockerfile dockerfile) {
            return SandboxPlan.of(new Base.Build(build(dockerfile.file())));
        }
        throw new PermanentException(
                ErrorCode.UNSUPPORTED, "this version does not make sandboxes from the " + spec, ErrorContext.NONE);
    }

    private static ImageBuild build(Path file) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new InvalidInputException(
                    file.toString(),
                    Files.exists(file) ? "not a readable file; expected a Dockerfile" : "no such Dockerfile");
        }
        return ImageBuild.of(file);
    }
}
