/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.LocalLimits;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** All sandboxes that exist, by id, by name and by age. Thread-safe. */
final class SandboxTable {

    private final ConcurrentMap<String, SandboxRow> byId = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, SandboxRow> byName = new ConcurrentHashMap<>();
    private final NavigableMap<Long, SandboxRow> byAge = new ConcurrentSkipListMap<>();
    private final AtomicLong lastMicros = new AtomicLong();
    private final LongAdder created = new LongAdder();
    private final LongAdder deleted = new LongAdder();
    private final InstantSource clock;

    SandboxTable(InstantSource clock) {
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** A sandbox that is in no table yet. */
    SandboxRow prepare(CreateRequest request, String snapshot, SandboxRow.Resources resources) {
        return new SandboxRow(newId(), request, snapshot, resources, nextMicros());
    }

    /** Inserts a sandbox; refuses with 409 when its name is taken. */
    void insert(SandboxRow row) {
        if (byName.putIfAbsent(row.name, row) != null) {
            throw new ApiException(409, "Sandbox with name " + row.name + " already exists");
        }
        byId.put(row.id, row);
        byAge.put(row.createdMicros, row);
        created.increment();
    }

    /** Frees the name, at once when a delete is accepted. */
    void forgetName(SandboxRow row) {
        byName.remove(row.name, row);
    }

    void remove(SandboxRow row) {
        forgetName(row);
        if (byId.remove(row.id, row)) {
            byAge.remove(row.createdMicros);
            deleted.increment();
        }
    }

    Optional<SandboxRow> byId(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** By id, else by name, whatever faults hide. */
    Optional<SandboxRow> peek(String idOrName) {
        SandboxRow row = byId.get(idOrName);
        return Optional.ofNullable(row != null ? row : byName.get(idOrName));
    }

    /** By id, else by name; refuses with 404. */
    SandboxRow find(String idOrName) {
        SandboxRow row = byId.get(idOrName);
        if (row == null) {
            row = byName.get(idOrName);
            if (row != null && isHiddenByName(row)) {
                row = null;
            }
        }
        if (row == null) {
            throw ApiException.unknownSandbox(idOrName);
        }
        return row;
    }

    /** Oldest first; safe while it changes. */
    NavigableMap<Long, SandboxRow> byAge() {
        return byAge;
    }

    Collection<SandboxRow> all() {
        return byAge.values();
    }

    int live() {
        return byId.size();
    }

    long created() {
        return created.sum();
    }

    long deleted() {
        return deleted.sum();
    }

    /** Refuses with 400 when what is asked for and what runs is more than the quota; an upper bound under concurrent creates. */
    void checkQuota(LocalLimits.Quota quota, SandboxRow.Resources wanted) {
        if (quota.equals(LocalLimits.Quota.NONE)) {
            return;
        }
        Usage usage = usage();
        refuseOver("CPU", quota.cpu(), usage.cpu() + wanted.cpu(), "");
        refuseOver("memory", quota.memoryGib(), usage.memory() + wanted.memory(), "GiB");
        refuseOver("disk", quota.diskGib(), usage.disk() + wanted.disk(), "GiB");
    }

    /** What all sandboxes take. */
    Usage usage() {
        int cpu = 0;
        int memory = 0;
        int disk = 0;
        for (SandboxRow row : byAge.values()) {
            State state = row.state;
            cpu += state.isRunning() ? row.resources.cpu() : 0;
            memory += state.isRunning() ? row.resources.memory() : 0;
            disk += state.isRunning() || state == State.STOPPED ? row.resources.disk() : 0;
        }
        return new Usage(cpu, memory, disk);
    }

    /** vCPUs, GiB, GiB. */
    record Usage(int cpu, int memory, int disk) {}

    private boolean isHiddenByName(SandboxRow row) {
        SandboxRow.@Nullable Oddity oddity = row.oddity;
        return oddity != null && now().isBefore(oddity.namedFrom);
    }

    private static void refuseOver(String what, double most, double wanted, String unit) {
        if (wanted > most) {
            throw ApiException.badRequest(
                    "Total " + what + " limit exceeded. Maximum allowed: " + (long) most + unit + ".");
        }
    }

    private long nextMicros() {
        Instant now = now();
        long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        return lastMicros.updateAndGet(last -> Math.max(last + 1, micros));
    }

    /** Ids need to be unique, not secret: every request carries the key. A secure random would block the event loop. */
    static String newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (random.nextLong() & ~0xF000L) | 0x4000L;
        long low = (random.nextLong() & ~(0b11L << 62)) | (1L << 63);
        return new UUID(high, low).toString();
    }
}
