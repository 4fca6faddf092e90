/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.RateReading;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Sandboxes.SshAccess;
import io.sandflock.engine.platform.Snapshots.CreateSnapshot;
import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import io.sandflock.engine.platform.Snapshots.Source;
import io.sandflock.engine.platform.Snapshots.State;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The control plane's JSON. What the engine does not use is not here: least of all the sandboxes' variables. */
final class Wire {

    /** On the wire, and not acted on: nothing to warn of. */
    private static final Set<String> KNOWN_STATES =
            Set.of("unknown", "resizing", "snapshotting", "forking", "pausing", "paused", "resuming");

    private Wire() {}

    record Sandbox(
            @Nullable String id,
            @Nullable String name,
            @Nullable String user,
            @Nullable Map<String, @Nullable String> labels,
            @Nullable String target,
            @Nullable Double cpu,
            @Nullable Double memory,
            @Nullable String toolboxProxyUrl,
            @Nullable String snapshot,
            @Nullable String state,
            @Nullable String errorReason,
            @Nullable String createdAt) {

        /** Interned is what thousands of sandboxes have in common. */
        SandboxInfo toInfo() {
            String rawState = Objects.requireNonNullElse(state, "unknown");
            return new SandboxInfo(
                    Json.required(id, "id"),
                    Json.required(name, "name"),
                    sandboxState(rawState),
                    rawState.intern(),
                    present(errorReason),
                    withoutNulls(labels),
                    present(snapshot).map(String::intern),
                    Objects.requireNonNullElse(target, "").intern(),
                    Objects.requireNonNullElse(user, "").intern(),
                    Objects.requireNonNullElse(cpu, 0.0),
                    Objects.requireNonNullElse(memory, 0.0),
                    present(toolboxProxyUrl).map(String::intern),
                    instant(createdAt));
        }
    }

    record SandboxPage(
            @Nullable List<@Nullable Sandbox> items,
            @Nullable String nextCursor) {}

    record SnapshotPage(
            @Nullable List<@Nullable Snapshot> items,
            @Nullable Integer page,
            @Nullable Integer totalPages) {}

    record Labels(@Nullable Map<String, @Nullable String> labels) {
        Map<String, String> toMap() {
            return withoutNulls(labels);
        }
    }

    record Ssh(@Nullable String sshCommand, @Nullable String expiresAt) {
        SshAccess toAccess() {
            return new SshAccess(Json.required(sshCommand, "sshCommand"), Json.required(expiresAt, "expiresAt"));
        }
    }

    record Url(@Nullable String url) {
        String required() {
            return Json.required(url, "url");
        }
    }

    record Config(
            @Nullable String version,
            @Nullable String defaultSnapshot,
            @Nullable Map<String, @Nullable Rate> rateLimit) {

        /** Limits that we know and that can be meant; the organization's own may differ, and its answers say so. */
        Map<RateReading.Budget, RateReading.Rate> rates() {
            Map<RateReading.Budget, RateReading.Rate> rates = new EnumMap<>(RateReading.Budget.class);
            if (rateLimit != null) {
                rateLimit.forEach((name, rate) -> {
                    RateReading.Budget budget = RateHeaders.budget(name);
                    if (budget != null && rate != null && rate.isMeant()) {
                        rates.put(budget, rate.toRate());
                    }
                });
            }
            return rates;
        }
    }

    /** @param ttl the window, in seconds */
    record Rate(@Nullable Double ttl, @Nullable Double limit) {

        boolean isMeant() {
            return ttl != null && limit != null && ttl > 0 && limit >= 1 && ttl < 1e6 && limit < 1e9;
        }

        RateReading.Rate toRate() {
            return new RateReading.Rate(Objects.requireNonNull(limit).intValue(), Duration.ofMillis((long)
                    (Objects.requireNonNull(ttl) * 1_000)));
        }
    }

    record Snapshot(
            @Nullable String id,
            @Nullable String name,
            @Nullable Boolean general,
            @Nullable String state,
            @Nullable String errorReason,
            @Nullable String createdAt,
            @Nullable String lastUsedAt,
            @Nullable SnapshotBuild buildInfo) {

        SnapshotInfo toInfo() {
            String rawState = Json.required(state, "state");
            return new SnapshotInfo(
                    Json.required(id, "id"),
                    Json.required(name, "name"),
                    snapshotState(rawState),
                    rawState,
                    Boolean.TRUE.equals(general),
                    present(errorReason),
                    instant(createdAt),
                    instant(lastUsedAt),
                    present(buildInfo == null ? null : buildInfo.dockerfileContent())
                            .map(io.sandflock.Secret::of));
        }

        /** Never the Dockerfile, which may hold secrets. */
        @Override
        public String toString() {
            return "Snapshot[" + name + "]";
        }
    }

    record SnapshotBuild(@Nullable String dockerfileContent) {}

    record StorageAccess(
            @Nullable String accessKey,
            @Nullable String secret,
            @Nullable String sessionToken,
            @Nullable String storageUrl,
            @Nullable String organizationId,
            @Nullable String bucket,
            @Nullable String region) {
        /** Never the credentials. */
        @Override
        public String toString() {
            return "StorageAccess[" + storageUrl + ", " + bucket + "]";
        }
    }

    record BuildInfo(String dockerfileContent, List<String> contextHashes) {}

    record SandboxCreation(
            String name,
            @Nullable String snapshot,
            @Nullable BuildInfo buildInfo,
            @Nullable String user,
            Map<String, String> env,
            Map<String, String> labels,

            @com.fasterxml.jackson.annotation.JsonProperty("public")
            boolean isPublic,

            boolean networkBlockAll,
            @Nullable String networkAllowList,
            @Nullable String target,
            @Nullable Integer cpu,
            @Nullable Integer memory,
            @Nullable Integer disk,
            @Nullable Integer gpu,
            @Nullable Integer autoStopInterval,
            @Nullable Integer autoArchiveInterval,
            @Nullable Integer autoDeleteInterval) {

        static SandboxCreation of(CreateSandbox request, Optional<String> defaultTarget) {
            CreateSandbox.Resources resources = request.resources();
            return new SandboxCreation(
                    request.name(),
                    request.source() instanceof CreateSandbox.Source.Snapshot snapshot ? snapshot.name() : null,
                    request.source() instanceof CreateSandbox.Source.Build build
                            ? new BuildInfo(build.dockerfile(), build.contextHashes())
                            : null,
                    request.user().orElse(null),
                    request.env(),
                    labels(request),
                    request.isPublic(),
                    request.networkBlockAll(),
                    request.networkAllowList().orElse(null),
                    request.target().or(() -> defaultTarget).orElse(null),
                    boxed(resources.cpu()),
                    boxed(resources.memoryGib()),
                    boxed(resources.diskGib()),
                    boxed(resources.gpu()),
                    boxed(request.intervals().autoStop()),
                    boxed(request.intervals().autoArchive()),
                    request.ephemeral()
                            ? Integer.valueOf(0)
                            : boxed(request.intervals().autoDelete()));
        }

        /** The language travels as the label that the platform's own clients give it. */
        private static Map<String, String> labels(CreateSandbox request) {
            if (request.language().isEmpty()) {
                return request.labels();
            }
            Map<String, String> labels = new HashMap<>(request.labels());
            labels.put("code-toolbox-language", request.language().get());
            return labels;
        }

        /** Never the variables. */
        @Override
        public String toString() {
            return "SandboxCreation[" + name + "]";
        }
    }

    record SnapshotCreation(
            String name,
            @Nullable String imageName,
            @Nullable BuildInfo buildInfo,
            @Nullable List<String> entrypoint,
            @Nullable Integer cpu,
            @Nullable Integer memory,
            @Nullable Integer disk,
            @Nullable Integer gpu) {

        static SnapshotCreation of(CreateSnapshot request) {
            CreateSandbox.Resources resources = request.resources();
            Source.Image image = request.source() instanceof Source.Image given ? given : null;
            return new SnapshotCreation(
                    request.name(),
                    image == null ? null : image.reference(),
                    request.source() instanceof Source.Build build
                            ? new BuildInfo(build.dockerfile(), build.contextHashes())
                            : null,
                    image == null || image.entrypoint().isEmpty() ? null : image.entrypoint(),
                    boxed(resources.cpu()),
                    boxed(resources.memoryGib()),
                    boxed(resources.diskGib()),
                    boxed(resources.gpu()));
        }
    }

    static SandboxState sandboxState(String wire) {
        SandboxState state = SandboxState.ofWire(wire);
        if (state == SandboxState.UNKNOWN && !KNOWN_STATES.contains(wire)) {
            Unknowns.name("sandbox state", wire);
        }
        return state;
    }

    static State snapshotState(String wire) {
        for (State state : State.values()) {
            if (state.name().toLowerCase(Locale.ROOT).equals(wire)) {
                return state;
            }
        }
        Unknowns.name("snapshot state", wire);
        return State.UNKNOWN;
    }

    static Optional<Instant> instant(@Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            Unknowns.name("form of a time", text);
            return Optional.empty();
        }
    }

    static Optional<String> present(@Nullable String text) {
        return text == null || text.isBlank() ? Optional.empty() : Optional.of(text);
    }

    private static @Nullable Integer boxed(OptionalInt value) {
        return value.isPresent() ? value.getAsInt() : null;
    }

    private static Map<String, String> withoutNulls(@Nullable Map<String, @Nullable String> map) {
        Map<String, String> result = new HashMap<>();
        if (map != null) {
            map.forEach((key, value) -> {
                if (value != null) {
                    result.put(key, value);
                }
            });
        }
        return result;
    }
}
