/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A sandbox to create. What is empty is left to the platform.
 *
 * @param name the idempotency key: unique across runs
 * @param source what it is made from
 * @param user OS user
 * @param env variables; values may be secret
 * @param labels all labels
 * @param networkBlockAll no network but loopback
 * @param networkAllowList CIDRs, comma-separated
 * @param isPublic previews without token
 * @param target region
 * @param resources only with {@link Source.Build}
 * @param intervals the platform's own backstops
 * @param ephemeral deleted as it stops, whatever {@code intervals} say
 * @param language hint for the platform's language features
 */
public record CreateSandbox(
        String name,
        Source source,
        Optional<String> user,
        Map<String, String> env,
        Map<String, String> labels,
        boolean networkBlockAll,
        Optional<String> networkAllowList,
        boolean isPublic,
        Optional<String> target,
        Resources resources,
        Intervals intervals,
        boolean ephemeral,
        Optional<String> language) {

    /** Copies the maps. */
    public CreateSandbox {
        if (Objects.requireNonNull(name, "name").isBlank()) {
            throw new IllegalArgumentException("a sandbox's name must not be blank");
        }
        Objects.requireNonNull(source, "source");
        env = Map.copyOf(env);
        labels = Map.copyOf(labels);
        Objects.requireNonNull(language, "language");
    }

    /** One that may stay when it stops, without a language. */
    public CreateSandbox(
            String name,
            Source source,
            Optional<String> user,
            Map<String, String> env,
            Map<String, String> labels,
            boolean networkBlockAll,
            Optional<String> networkAllowList,
            boolean isPublic,
            Optional<String> target,
            Resources resources,
            Intervals intervals) {
        this(
                name,
                source,
                user,
                env,
                labels,
                networkBlockAll,
                networkAllowList,
                isPublic,
                target,
                resources,
                intervals,
                false,
                Optional.empty());
    }

    /** Names what identifies it; never the variables. */
    @Override
    public String toString() {
        return "CreateSandbox[" + name + ", " + source + "]";
    }

    /** What a sandbox is made from. */
    public sealed interface Source {

        /** A snapshot by name or id; the platform's default when {@code null}. */
        record Snapshot(@Nullable String name) implements Source {}

        /** A build; {@code contextHashes} as {@link BuildContexts} returned them. */
        record Build(String dockerfile, java.util.List<String> contextHashes) implements Source {
            /** Copies the hashes. */
            public Build {
                contextHashes = java.util.List.copyOf(contextHashes);
            }

            /** Never the Dockerfile, which may hold secrets. */
            @Override
            public String toString() {
                return "Build" + contextHashes;
            }
        }
    }

    /** Whole vCPUs, GiB, GiB, GPUs; empty for the platform's default. */
    public record Resources(OptionalInt cpu, OptionalInt memoryGib, OptionalInt diskGib, OptionalInt gpu) {
        /** Nothing asked for. */
        public static final Resources DEFAULT =
                new Resources(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
    }

    /**
     * Minutes after which the platform acts by itself; empty for its default.
     *
     * @param autoStop idle time until it is stopped; 0 is never
     * @param autoArchive stopped time until it is archived
     * @param autoDelete stopped time until it is deleted; 0 deletes it as it stops
     */
    public record Intervals(OptionalInt autoStop, OptionalInt autoArchive, OptionalInt autoDelete) {
        /** Nothing asked for. */
        public static final Intervals DEFAULT =
                new Intervals(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
    }
}
