/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.RunEvent;
import io.sandflock.SampleResult;
import io.sandflock.Stage;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/**
 * Says how a run is going: on a terminal one line that is written again, elsewhere a line from time to time. Not thread-safe: the
 * events of a run come one after another.
 */
final class Progress {

    private static final Duration LIVE_EVERY = Duration.ofMillis(100);
    private static final Duration PLAIN_EVERY = Duration.ofSeconds(10);

    private final Terminal terminal;
    private final LongSupplier nanoTime;
    private final IntSupplier sandboxes;
    private final Map<String, Stage> running = new HashMap<>();
    private final Map<String, Integer> outcomes = new HashMap<>();
    private volatile long startedAt = 0;
    private long saidAt = 0;
    private int total = 0;
    private int done = 0;
    /** Of an earlier session. */
    private int before = 0;

    private int retried = 0;
    private int rateLimited = 0;
    /** How many sandboxes there may be at once, when that is found out; 0 when it was given. */
    private int places = 0;

    /** @param sandboxes how many there are now */
    Progress(Terminal terminal, LongSupplier nanoTime, IntSupplier sandboxes) {
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.sandboxes = sandboxes;
    }

    void accept(RunEvent event) {
        if (event instanceof RunEvent.Started started) {
            start(started);
        } else if (event instanceof RunEvent.Resumed resumed) {
            resume(resumed);
        } else if (event instanceof RunEvent.StageEntered entered) {
            running.put(key(entered.sampleId(), entered.epoch()), entered.stage());
            say(false);
        } else if (event instanceof RunEvent.Retrying retrying) {
            retried++;
            running.remove(key(retrying.sampleId(), retrying.epoch()));
            line(terminal.yellow("retry") + " " + Table.printable(retrying.sampleId()) + ": "
                    + Table.printable(retrying.message()));
        } else if (event instanceof RunEvent.RateLimited limited) {
            rateLimited++;
            line(terminal.yellow("rate limited") + " by the platform (" + limited.budget() + "): waiting "
                    + Text.of(Duration.ofMillis(limited.waitMillis())));
        } else if (event instanceof RunEvent.Concurrency concurrency) {
            places = concurrency.to();
            line(terminal.faint(concurrency.to() + " sandboxes at once, " + concurrency.from() + " before: "
                    + Table.printable(concurrency.reason())));
        } else if (event instanceof RunEvent.Warning warning) {
            line(terminal.yellow("warning") + " " + Table.printable(warning.message()));
        } else if (event instanceof RunEvent.SnapshotProgress progress) {
            snapshot(progress);
        } else if (event instanceof RunEvent.Finished finished) {
            finish(finished.result());
        } else if (event instanceof RunEvent.Ended) {
            wipe();
        }
    }

    /** Completes when the run has not begun: its first call may take long to fail, and there is nothing to be released yet. */
    Mono<Void> neverIfStarted() {
        return startedAt == 0 ? Mono.empty() : Mono.never();
    }

    /** A line of its own, above the live one. */
    void line(String text) {
        wipe();
        terminal.err().println(text);
        say(true);
    }

    private void start(RunEvent.Started started) {
        startedAt = nanoTime.getAsLong();
        saidAt = startedAt;
        total = started.total();
        terminal.err()
                .println("run " + started.runId() + ": " + Text.count(total, "sample")
                        + started.folder()
                                .map(folder -> ", written to " + folder)
                                .orElse(""));
    }

    private void snapshot(RunEvent.SnapshotProgress progress) {
        String name = Table.printable(progress.snapshot());
        if (progress.log().isEmpty()) {
            line("snapshot " + name + ": " + Table.printable(progress.state()));
        } else {
            progress.log().lines().forEach(text -> line(terminal.faint(name + " | " + Table.printable(text))));
        }
    }

    private void resume(RunEvent.Resumed resumed) {
        before = resumed.finished();
        done = resumed.finished();
        terminal.err()
                .println("resumed: " + resumed.finished() + " of " + Text.count(total, "sample") + " are done, "
                        + Text.count(resumed.adopted(), "sandbox") + " of before used on, " + resumed.removed()
                        + " removed");
    }

    private void finish(SampleResult result) {
        done++;
        running.remove(key(result.sampleId(), result.epoch()));
        outcomes.merge(result.outcome().label(), 1, Integer::sum);
        say(done == total);
    }

    private void say(boolean now) {
        if (startedAt == 0) {
            return;
        }
        long time = nanoTime.getAsLong();
        Duration every = terminal.live() ? LIVE_EVERY : PLAIN_EVERY;
        boolean dueNow = terminal.live() ? now : done == total;
        if (!dueNow && time - saidAt < every.toNanos()) {
            return;
        }
        saidAt = time;
        String text = state(Duration.ofNanos(time - startedAt));
        if (terminal.live()) {
            terminal.err().print("\r\u001b[2K" + text.substring(0, Math.min(text.length(), terminal.width() - 1)));
            terminal.err().flush();
        } else {
            terminal.err().println(text);
        }
    }

    /** For example {@code 37/164 done  16 running  18 sandboxes  2 failed  1 retried  0 rate-limited  12.5/s  10 s left}. */
    String state(Duration elapsed) {
        long inSandboxes =
                running.values().stream().filter(stage -> stage != Stage.QUEUE).count();
        int failed = outcomes.getOrDefault("infrastructure_failed", 0);
        StringJoiner parts = new StringJoiner("  ");
        parts.add(done + "/" + total + " done");
        parts.add(inSandboxes + (places == 0 ? "" : " of " + places) + " running");
        parts.add(Text.count(sandboxes.getAsInt(), "sandbox"));
        parts.add(failed + " failed");
        parts.add(retried + " retried");
        parts.add(rateLimited + " rate-limited");
        if (done > before && elapsed.toMillis() > 0) {
            double rate = (done - before) * 1_000.0 / elapsed.toMillis();
            parts.add(String.format(Text.PLAIN, "%.1f/s", rate));
            parts.add(Text.of(Duration.ofMillis((long) ((total - done) / rate * 1_000))) + " left");
        }
        return parts.toString();
    }

    private void wipe() {
        if (terminal.live()) {
            terminal.err().print("\r\u001b[2K");
            terminal.err().flush();
        }
    }

    private static String key(String sampleId, int epoch) {
        return epoch + "/" + sampleId;
    }
}
