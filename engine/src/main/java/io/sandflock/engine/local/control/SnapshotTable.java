/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.Substrate;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** All snapshots, by id and by name. Thread-safe. */
final class SnapshotTable {

    /** The sizes of the platform's own snapshots, as the hosted platform has them. */
    private static final Map<String, SandboxRow.Resources> SIZES = Map.of(
            "daytona-small", new SandboxRow.Resources(1, 1, 3),
            "daytona-medium", new SandboxRow.Resources(2, 4, 8),
            "daytona-large", new SandboxRow.Resources(4, 8, 10));

    private static final SandboxRow.Resources SMALL = new SandboxRow.Resources(1, 1, 3);

    private final ConcurrentMap<String, SnapshotRow> byId = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, SnapshotRow> byName = new ConcurrentHashMap<>();
    private final LongAdder created = new LongAdder();
    private final String defaultName;
    private final String proxyUrl;

    SnapshotTable(List<String> own, InstantSource clock, String proxyUrl) {
        this.defaultName = own.get(0);
        this.proxyUrl = proxyUrl;
        for (String name : own) {
            String id = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))
                    .toString();
            insert(new SnapshotRow(
                    id,
                    name,
                    true,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    SIZES.getOrDefault(name, SMALL),
                    "active",
                    clock.instant()));
        }
    }

    String defaultName() {
        return defaultName;
    }

    /** The URL of a build's log. */
    String logUrl(String kind, String id) {
        return proxyUrl + "/" + kind + "/" + id + "/build-logs";
    }

    /** Inserts; refuses with 409 when the name is taken. */
    void insert(SnapshotRow row) {
        if (byName.putIfAbsent(row.name(), row) != null) {
            throw new ApiException(
                    409, "Snapshot with name \"" + row.name() + "\" already exists for this organization");
        }
        byId.put(row.id, row);
        if (!row.general) {
            created.increment();
        }
    }

    /** Snapshots that were not there from the start. */
    long created() {
        return created.sum();
    }

    void remove(SnapshotRow row) {
        byName.remove(row.name(), row);
        byId.remove(row.id, row);
    }

    /** By id, else by name; refuses with 404. */
    SnapshotRow find(String idOrName) {
        return lookUp(idOrName)
                .orElseThrow(() -> new ApiException(404, "Snapshot with ID or name " + idOrName + " not found"));
    }

    /** The snapshot of a create: the default when none is named; 400 when it is unknown or not active. */
    SnapshotRow usable(Optional<String> idOrName) {
        String wanted = idOrName.orElse(defaultName);
        SnapshotRow row = lookUp(wanted)
                .orElseThrow(() -> ApiException.badRequest(
                        "Snapshot " + wanted + " not found. Did you add it through the Daytona Dashboard?"));
        if (!row.state.equals("active")) {
            throw ApiException.badRequest("Snapshot " + wanted + " is " + row.state);
        }
        return row;
    }

    List<SnapshotRow> all() {
        return new ArrayList<>(byId.values());
    }

    /** Why a substrate refuses images. */
    static String noImages(Substrate substrate) {
        return "the substrate " + substrate.name()
                + " of this embedded platform has no images: only its own snapshots can be used."
                + " Images and Dockerfiles need the substrate docker, or the hosted platform";
    }

    private Optional<SnapshotRow> lookUp(String idOrName) {
        SnapshotRow row = byId.get(idOrName);
        return Optional.ofNullable(row != null ? row : byName.get(idOrName));
    }
}
