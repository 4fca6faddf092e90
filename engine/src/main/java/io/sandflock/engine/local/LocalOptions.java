/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import io.sandflock.Secret;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How to start the embedded platform.
 *
 * @param port to listen on, on loopback; 0 for any that is free
 * @param key the bearer key; a random one when empty
 * @param substrate what sandboxes run on; opened at the start and closed at the end
 * @param snapshots the platform's own snapshots; the first is the default
 * @param limits what is allowed
 * @param faults what goes wrong
 * @param exchanges sees every exchange; empty for none
 * @param clock the time; idle times are measured with it
 * @param sweepEvery how often idle and expired sandboxes are looked for
 */
public record LocalOptions(
        int port,
        Optional<Secret> key,
        Substrate substrate,
        List<String> snapshots,
        LocalLimits limits,
        Faults faults,
        Optional<ExchangeListener> exchanges,
        InstantSource clock,
        Duration sweepEvery) {

    /** Refuses ports that do not exist, no snapshot at all, and a sweep that never rests. */
    public LocalOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
        }
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(substrate, "substrate");
        snapshots = List.copyOf(snapshots);
        if (snapshots.isEmpty()) {
            throw new IllegalArgumentException("at least one snapshot is needed");
        }
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(faults, "faults");
        Objects.requireNonNull(exchanges, "exchanges");
        Objects.requireNonNull(clock, "clock");
        if (sweepEvery.toMillis() < 1) {
            throw new IllegalArgumentException("sweepEvery must be at least a millisecond");
        }
    }

    /** Any port, a random key, the snapshots {@code daytona-small}, {@code -medium} and {@code -large}, no faults, 10 s. */
    public static LocalOptions of(Substrate substrate) {
        return new LocalOptions(
                0,
                Optional.empty(),
                substrate,
                List.of("daytona-small", "daytona-medium", "daytona-large"),
                LocalLimits.DEFAULT,
                Faults.NONE,
                Optional.empty(),
                InstantSource.system(),
                Duration.ofSeconds(10));
    }

    /** These options on this port. */
    public LocalOptions withPort(int number) {
        return new LocalOptions(number, key, substrate, snapshots, limits, faults, exchanges, clock, sweepEvery);
    }

    /** These options with this key. */
    public LocalOptions withKey(Secret secret) {
        return new LocalOptions(
                port, Optional.of(secret), substrate, snapshots, limits, faults, exchanges, clock, sweepEvery);
    }

    /** These options with these snapshots, the first being the default. */
    public LocalOptions withSnapshots(List<String> names) {
        return new LocalOptions(port, key, substrate, names, limits, faults, exchanges, clock, sweepEvery);
    }

    /** These options with these limits. */
    public LocalOptions withLimits(LocalLimits allowed) {
        return new LocalOptions(port, key, substrate, snapshots, allowed, faults, exchanges, clock, sweepEvery);
    }

    /** These options with these faults. */
    public LocalOptions withFaults(Faults script) {
        return new LocalOptions(port, key, substrate, snapshots, limits, script, exchanges, clock, sweepEvery);
    }

    /** These options with this listener. */
    public LocalOptions withExchanges(ExchangeListener listener) {
        return new LocalOptions(
                port, key, substrate, snapshots, limits, faults, Optional.of(listener), clock, sweepEvery);
    }

    /** These options with this time. */
    public LocalOptions withClock(InstantSource time, Duration sweep) {
        return new LocalOptions(port, key, substrate, snapshots, limits, faults, exchanges, time, sweep);
    }
}
