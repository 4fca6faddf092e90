/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.time.Duration;
import java.util.Map;

/**
 * What the embedded platform allows.
 *
 * @param rates by throttler ({@code authenticated}, {@code sandbox-create}, {@code sandbox-lifecycle}, {@code sandbox-list}); a
 *     throttler that is not named does not limit
 * @param quota totals over all sandboxes that are not stopped
 * @param createWait how long a create or start is waited for inside the request
 * @param jsonBodyBytes largest JSON body of a request
 * @param objectBytes largest object that the object storage takes
 * @param storageBytes all objects together
 * @param headerBytes all headers of a request together
 * @param pathBytes request line
 * @param recordedBodyBytes how much of a body an {@link ExchangeListener} sees
 */
public record LocalLimits(
        Map<String, Rate> rates,
        Quota quota,
        Duration createWait,
        int jsonBodyBytes,
        int objectBytes,
        long storageBytes,
        int headerBytes,
        int pathBytes,
        int recordedBodyBytes) {

    /** No rate, no quota; 30 s; 2 MiB of JSON; objects of 64 MiB, 256 MiB together; 32 KiB of headers; 16 KiB of path. */
    public static final LocalLimits DEFAULT = new LocalLimits(
            Map.of(), Quota.NONE, Duration.ofSeconds(30), 2 << 20, 64 << 20, 256L << 20, 32 << 10, 16 << 10, 1 << 20);

    /** Copies the rates and refuses what is not positive. */
    public LocalLimits {
        rates = Map.copyOf(rates);
        if (createWait.isNegative() || jsonBodyBytes < 1 || objectBytes < 1 || storageBytes < 1 || headerBytes < 1) {
            throw new IllegalArgumentException("limits must be positive");
        }
        if (pathBytes < 1 || recordedBodyBytes < 0) {
            throw new IllegalArgumentException("limits must be positive");
        }
    }

    /** These limits with this rate. */
    public LocalLimits withRate(String throttler, Rate rate) {
        var all = new java.util.HashMap<>(rates);
        all.put(throttler, rate);
        return new LocalLimits(
                all,
                quota,
                createWait,
                jsonBodyBytes,
                objectBytes,
                storageBytes,
                headerBytes,
                pathBytes,
                recordedBodyBytes);
    }

    /** These limits with this quota. */
    public LocalLimits withQuota(Quota totals) {
        return new LocalLimits(
                rates,
                totals,
                createWait,
                jsonBodyBytes,
                objectBytes,
                storageBytes,
                headerBytes,
                pathBytes,
                recordedBodyBytes);
    }

    /** These limits with this wait. */
    public LocalLimits withCreateWait(Duration wait) {
        return new LocalLimits(
                rates,
                quota,
                wait,
                jsonBodyBytes,
                objectBytes,
                storageBytes,
                headerBytes,
                pathBytes,
                recordedBodyBytes);
    }

    /**
     * A fixed window.
     *
     * @param limit requests per window, at least 1
     * @param window its length, at least a millisecond; a client that exceeded it is refused until it ends
     */
    public record Rate(int limit, Duration window) {
        /** Refuses what limits nothing. */
        public Rate {
            if (limit < 1 || window.toMillis() < 1) {
                throw new IllegalArgumentException("a rate needs a limit and a window");
            }
        }
    }

    /**
     * @param cpu vCPUs
     * @param memoryGib GiB
     * @param diskGib GiB
     */
    public record Quota(double cpu, double memoryGib, double diskGib) {
        /** Unlimited. */
        public static final Quota NONE =
                new Quota(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }
}
