/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.plan.ImageBuild;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Reads what a build needs. */
public final class ImageReader {

    /** What S3 takes in one request. */
    private static final long LARGEST_CONTEXT = 5L << 30;

    private static final long LARGEST_TEXT = 1 << 20;
    /** Where platforms put the text that they build. */
    private static final String OWN = "Dockerfile";

    private ImageReader() {}

    /**
     * The Dockerfile, and a digest of everything that it needs. Cold; reads on threads that may block, and on cancel stops. Errors:
     * {@link InvalidInputException} with file and line of what cannot be understood, is not there or must not be sent.
     */
    public static Mono<ImageInput> read(ImageBuild build) {
        return Mono.fromCallable(() -> blocking(build)).subscribeOn(Schedulers.boundedElastic());
    }

    private static ImageInput blocking(ImageBuild build) {
        String text = text(build.dockerfile());
        Dockerfile whole = Dockerfile.parse(build.dockerfile().toString(), text);
        Dockerfile file = BuildText.upTo(whole, build.target());
        List<String> warnings = new ArrayList<>();
        String result = build.target().isEmpty() && build.args().isEmpty()
                ? text
                : BuildText.with(file, build.args(), warnings);
        Needs needs = Stages.needs(file, build.args());
        if (needs.isNothing()) {
            return new ImageInput(result, Optional.empty(), warnings);
        }
        Collection<ContextEntry> entries =
                new ArrayList<>(ContextScan.of(build.context(), needs, rules(build), file, LARGEST_CONTEXT));
        leaveOwn(entries, result, warnings);
        warnEmpty(entries, build, warnings);
        return new ImageInput(
                result, entries.isEmpty() ? Optional.empty() : Optional.of(BuildContext.of(entries)), warnings);
    }

    /** A file of this name is where the platform puts the text: the context cannot have another. */
    private static void leaveOwn(Collection<ContextEntry> entries, String text, List<String> warnings) {
        entries.removeIf(entry -> {
            boolean own = entry.path().equals(OWN) && !entry.isFolder();
            if (own && !entry.digest().equals(Digests.of(text))) {
                warnings.add("what the image gets as " + OWN
                        + " of the build context is the text that it is built from, not " + entry.source());
            }
            return own;
        });
    }

    private static void warnEmpty(Collection<ContextEntry> entries, ImageBuild build, List<String> warnings) {
        Set<String> filled = new HashSet<>();
        for (ContextEntry entry : entries) {
            int slash = entry.path().lastIndexOf('/');
            filled.add(slash < 0 ? "" : entry.path().substring(0, slash));
        }
        entries.stream()
                .filter(entry -> entry.isFolder() && !filled.contains(entry.path()))
                .findFirst()
                .ifPresent(empty -> warnings.add("folders without files, such as '" + empty.path()
                        + "' of the build context " + build.context() + ", may not reach the platform's builder"));
    }

    private static IgnoreRules rules(ImageBuild build) {
        Path own = build.dockerfile().resolveSibling(build.dockerfile().getFileName() + ".dockerignore");
        Path common = build.context().resolve(".dockerignore");
        return Files.exists(own)
                ? IgnoreRules.parse(own.toString(), text(own))
                : Files.exists(common) ? IgnoreRules.parse(common.toString(), text(common)) : IgnoreRules.NONE;
    }

    private static String text(Path file) {
        try {
            long size = Files.size(file);
            if (size > LARGEST_TEXT) {
                throw new InvalidInputException(
                        file.toString(), "has " + size + " bytes; at most " + LARGEST_TEXT + " are accepted");
            }
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw ContextScan.refusal(file, ContextScan.problem(e), e);
        }
    }
}
