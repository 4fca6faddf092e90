/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import io.sandflock.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Snapshots of the organization, and the platform's own. */
public interface Snapshots {

    /** Creates; {@link io.sandflock.ErrorCode#CONFLICT} when the name exists. */
    Mono<SnapshotInfo> create(CreateSnapshot request);

    /** One snapshot; errors with {@link io.sandflock.ErrorCode#NOT_FOUND}. */
    Mono<SnapshotInfo> get(String idOrName);

    /** All snapshots, page by page to the end. */
    Flux<SnapshotInfo> list();

    /**
     * Deletes. Completes when there is no such snapshot.
     *
     * @param id an id, not a name
     */
    Mono<Void> delete(String id);

    /** Makes an inactive snapshot usable again. */
    Mono<SnapshotInfo> activate(String id);

    /**
     * The build's log as it grows, in chunks of text, once a builder was found for it. The platform does not end it in all cases: the
     * caller does, when the snapshot's state says that the build ended. A broken log stream is an end, not an error.
     */
    Flux<String> buildLog(String id);

    /** States that the engine acts on. */
    enum State {
        BUILDING,
        PENDING,
        PULLING,
        SNAPSHOTTING,
        ACTIVE,
        INACTIVE,
        ERROR,
        BUILD_FAILED,
        REMOVING,
        /** One that this version does not know. */
        UNKNOWN
    }

    /**
     * @param id never blank
     * @param general whether it is the platform's own
     * @param createdAt when it was created
     * @param lastUsedAt when a sandbox was last made from it; empty when never, or when the platform did not say
     * @param dockerfile what it was built from; may hold secrets
     */
    record SnapshotInfo(
            String id,
            String name,
            State state,
            String rawState,
            boolean general,
            Optional<String> errorReason,
            Optional<Instant> createdAt,
            Optional<Instant> lastUsedAt,
            Optional<Secret> dockerfile) {

        /** One of which the platform said no more. */
        public SnapshotInfo(
                String id, String name, State state, String rawState, boolean general, Optional<String> errorReason) {
            this(id, name, state, rawState, general, errorReason, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /** @param source an image reference with tag or digest, or a Dockerfile */
    record CreateSnapshot(String name, Source source, CreateSandbox.Resources resources) {}

    /** What a snapshot is made from. */
    sealed interface Source {
        /** An image with tag or digest. */
        record Image(String reference, List<String> entrypoint) implements Source {
            /** Copies the entry point. */
            public Image {
                entrypoint = List.copyOf(entrypoint);
            }
        }

        /** A Dockerfile and its uploaded contexts. */
        record Build(String dockerfile, List<String> contextHashes) implements Source {
            /** Copies the hashes. */
            public Build {
                contextHashes = List.copyOf(contextHashes);
            }

            /** Never the Dockerfile, which may hold secrets. */
            @Override
            public String toString() {
                return "Build" + contextHashes;
            }
        }
    }
}
