/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.InvalidInputException;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.ImageBuild;
import io.sandflock.engine.plan.SandboxPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Resolves a sandbox's setting to a plan. One for an engine's life, for any number of runs and samples at once; it looks at no
 * platform.
 */
public final class SandboxPlanner {

    private final PlannerSettings settings;
    private final SourceFiles files = new SourceFiles();
    /** Plans that are the same for all samples. */
    private final ConcurrentMap<SandboxSpec, Known> known = new ConcurrentHashMap<>();

    private final ConcurrentMap<SandboxSpec.ComposeModel, Optional<Node>> models = new ConcurrentHashMap<>();

    /** @param settings what plans depend on beside files */
    public SandboxPlanner(PlannerSettings settings) {
        this.settings = Objects.requireNonNull(settings, "settings");
    }

    private record Known(SandboxPlan plan, SourceFiles.Reads reads) {}

    /** The plan of a sample's sandbox, its metadata at hand as {@code SAMPLE_METADATA_<KEY>}; otherwise as {@link #plan(SandboxSpec)}. */
    public Mono<SandboxPlan> plan(SandboxSpec spec, Sample sample) {
        return planned(spec, Optional.of(sample));
    }

    /**
     * The plan of a sandbox that belongs to no sample. Cold; files are read on {@code boundedElastic}, each once and again when it was
     * changed. Cancelling does nothing but forget the plan. Errors: {@link InvalidInputException}, with file and line where there is
     * one.
     */
    public Mono<SandboxPlan> plan(SandboxSpec spec) {
        return planned(spec, Optional.empty());
    }

    private Mono<SandboxPlan> planned(SandboxSpec spec, Optional<Sample> sample) {
        Mono<SandboxPlan> plan = Mono.fromSupplier(() -> planNow(spec, sample));
        boolean files = spec instanceof SandboxSpec.Dockerfile
                || spec instanceof SandboxSpec.Compose
                || spec instanceof SandboxSpec.ComposeModel;
        return files ? plan.subscribeOn(Schedulers.boundedElastic()) : plan;
    }

    /** As {@link #plan(SandboxSpec, Sample)}, on the caller's thread: blocks on files. */
    public SandboxPlan planNow(SandboxSpec spec, Optional<Sample> sample) {
        if (spec instanceof SandboxSpec.Default) {
            return SandboxPlan.of(new Base.DefaultSnapshot());
        }
        if (spec instanceof SandboxSpec.Snapshot snapshot) {
            return SandboxPlan.of(new Base.Snapshot(snapshot.name()));
        }
        if (spec instanceof SandboxSpec.Image image) {
            return SandboxPlan.of(new Base.Image(reference(image.reference())));
        }
        SandboxPlan plan = fromFiles(spec, sample);
        return sample.flatMap(Sample::sandbox).isPresent() ? plan.alone() : plan;
    }

    /** A reference with a line break in it would be more than one instruction of a Dockerfile. */
    private static String reference(String text) {
        if (text.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
            throw new InvalidInputException("image", "a reference without blanks is accepted");
        }
        return text;
    }

    /** How often files were read: not more often than there are files and changes to them, however many plans there were. */
    long filesOpened() {
        return files.opened();
    }

    private SandboxPlan fromFiles(SandboxSpec spec, Optional<Sample> sample) {
        if (spec instanceof SandboxSpec.Dockerfile dockerfile) {
            return SandboxPlan.of(new Base.Build(build(dockerfile.file())));
        }
        Known before = known.get(spec);
        if (before != null && before.reads.stillTrue()) {
            return before.plan;
        }
        SourceFiles.Reads reads = files.reads();
        Variables variables = Variables.of(settings.environment(), sample);
        SandboxPlan plan = composed(spec, reads, variables);
        if (variables.dependOnSample()) {
            known.remove(spec);
        } else {
            known.put(spec, new Known(plan, reads));
        }
        return plan;
    }

    private SandboxPlan composed(SandboxSpec spec, SourceFiles.Reads reads, Variables variables) {
        if (spec instanceof SandboxSpec.Compose compose) {
            Path folder = compose.file().getParent();
            Node document = reads.document(compose.file());
            return composed(
                    new Problems(compose.file().toString()),
                    document,
                    folder == null ? Path.of("") : folder,
                    reads,
                    variables);
        }
        if (spec instanceof SandboxSpec.ComposeModel model) {
            Node document =
                    models.computeIfAbsent(model, SandboxPlanner::parsed).orElse(null);
            return composed(new Problems("compose model"), document, model.folder(), reads, variables);
        }
        throw new IllegalArgumentException("no file is read for the " + spec);
    }

    private static Optional<Node> parsed(SandboxSpec.ComposeModel model) {
        try {
            byte[] text = model.yaml().getBytes(StandardCharsets.UTF_8);
            return Optional.ofNullable(SourceFiles.document("compose model", text));
        } catch (IOException e) {
            throw new UncheckedIOException("nothing is read from a disk", e);
        }
    }

    private SandboxPlan composed(
            Problems problems, @Nullable Node document, Path folder, SourceFiles.Reads reads, Variables variables) {
        Composition composition = ComposeReader.read(problems, document, folder, reads, variables);
        problems.throwIfAny();
        References.check(composition, problems);
        boolean one = composition.services().size() == 1;
        if (!one || composition.daytona().snapshot().isEmpty()) {
            composition.services().forEach(name -> {
                Map<String, @Nullable Object> service = composition.service(name);
                if (service.containsKey("build")) {
                    Builds.check(name, Shapes.castMap(service.get("build")), problems, composition.source(name));
                }
            });
        }
        problems.throwIfAny();
        variables
                .unset()
                .forEach(name -> composition.warnings().add("the variable " + name + " is not set; it became nothing"));
        Optional<SandboxPlan> plan = one
                ? OneService.plan(composition, problems)
                : Optional.of(new ServicesProject(composition, problems, Reading.absolute(folder), variables)
                        .plan(settings.daemonImage()));
        problems.throwIfAny();
        return plan.orElseThrow();
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
