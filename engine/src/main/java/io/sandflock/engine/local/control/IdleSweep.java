/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Stops, archives and deletes what has been idle for too long, and tries again what could not be destroyed. One timer for all
 * sandboxes.
 */
final class IdleSweep {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");

    private final SandboxTable table;
    private final SandboxLife life;

    IdleSweep(SandboxTable table, SandboxLife life) {
        this.table = table;
        this.life = life;
    }

    /** Sweeps at this interval until disposed. */
    Disposable every(Duration interval) {
        // Owned by the site, which disposes it when it closes. A sweep that takes longer than the interval skips ticks.
        return Flux.interval(interval).onBackpressureDrop().subscribe(tick -> sweep());
    }

    void sweep() {
        Instant now = table.now();
        for (SandboxRow row : table.all()) {
            try {
                sweep(row, now);
            } catch (ApiException changed) {
                // Somebody changed it at this very moment: the next sweep looks again.
                LOG.debug("sandbox {} was left alone: {}", row.id, changed.getMessage());
            }
        }
    }

    private void sweep(SandboxRow row, Instant now) {
        if (row.state == State.ERROR && row.desired.equals("destroyed")) {
            life.retryDestroy(row);
        } else if (row.destroyAt().filter(at -> !now.isBefore(at)).isPresent() && !row.state.isTransition()) {
            life.delete(row);
        } else if (row.state == State.STARTED && isIdle(row, now)) {
            life.stop(row);
        } else if (isStopped(row) && row.autoDelete >= 0 && isPast(row.stoppedAt, row.autoDelete, now)) {
            life.delete(row);
        } else if (row.state == State.STOPPED && !row.isEphemeral() && isPast(row.stoppedAt, row.autoArchive, now)) {
            life.archive(row);
        }
    }

    private static boolean isIdle(SandboxRow row, Instant now) {
        return row.autoStop > 0 && row.inUse.get() == 0 && isPast(row.activeAt, row.autoStop, now);
    }

    private static boolean isStopped(SandboxRow row) {
        return row.state == State.STOPPED || row.state == State.ARCHIVED;
    }

    private static boolean isPast(Instant since, int minutes, Instant now) {
        return Duration.between(since, now).compareTo(Duration.ofMinutes(minutes)) >= 0;
    }
}
