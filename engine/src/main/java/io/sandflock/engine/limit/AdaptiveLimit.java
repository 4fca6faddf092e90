/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How many sandboxes at once, found out: it doubles while creates are granted and fast, then grows by an eighth; it falls to what there
 * is when the quota is used up, by a fifth after a rate limit, and by three tenths when creates have become slow: again only if they
 * were faster for it, and not below where it began, since it may be others who make them slow. It only grows when somebody waits for a
 * place. A number is judged by the creates that were asked for since it is that number.
 *
 * <p>It remembers the number at which something was wrong and does not pass it again before half a minute; each time that something is
 * wrong once more, that time doubles, up to half an hour. So the number of changes that nothing outside has caused grows with the
 * logarithm of the time at most. Only when it has passed the mark by half, the platform is another one, and all begins anew. Thread-safe.
 */
public final class AdaptiveLimit {

    static final int FIRST = 4;
    /** The most that it ever finds. */
    public static final int MOST = 20_000;

    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(30);
    private static final Duration LONGEST_PATIENCE = Duration.ofMinutes(30);
    /** Refusals that come so soon one after the other are of the same wave. */
    private static final long WAVE = Duration.ofSeconds(5).toNanos();
    /** Slow: this often the best median, and this much more. */
    private static final double SLOW = 2;

    private static final long SLOW_AT_LEAST = Duration.ofMillis(50).toNanos();
    /** Creates that take more than this share of what they took before the number fell are no faster for it. */
    private static final double OTHERS = 0.9;

    private static final String QUOTA = "quota";
    private static final int LEAST_ROUND = 4;
    private static final int LONGEST_ROUND = 256;

    private final @Nullable Gate gate;
    private final Pacer pacer;
    private final Time time;
    private final Listener listener;

    // All guarded by this.
    private int limit = FIRST;
    /** What the listener was told last: of a wave of refusals it is told the beginning and the end. */
    private int told = FIRST;

    private int ceiling = MOST;
    /** Grows by doubling, until something was wrong for the first time. */
    private boolean doubling = true;

    private Duration patience = FIRST_PATIENCE;
    private long triedAt = Long.MIN_VALUE;
    private boolean trying = false;
    private long wroteOffAt;
    private boolean wroteOff = false;
    private long changedAt = Long.MIN_VALUE;
    private double best = Double.NaN;
    /** What creates took when the number fell for it; not a number once they are no longer slow. */
    private double fellAt = Double.NaN;

    private long bestAt = 0;
    private final long[] round = new long[LONGEST_ROUND];
    private int granted = 0;
    private boolean wanted = false;

    /**
     * @param gate is resized; null for a number that stays
     * @param pacer of creates: while they wait there, more of them would only wait
     */
    private AdaptiveLimit(@Nullable Gate gate, Pacer pacer, Time time, Listener listener) {
        this.gate = gate;
        this.pacer = pacer;
        this.time = time;
        this.listener = listener;
    }

    /** Resizes this gate from now on. */
    public static AdaptiveLimit of(Gate gate, Pacer pacer, Time time, Listener listener) {
        gate.resize(FIRST);
        return new AdaptiveLimit(gate, pacer, time, listener);
    }

    /** A number that stays what it is. */
    public static AdaptiveLimit none(Pacer pacer, Time time) {
        return new AdaptiveLimit(null, pacer, time, (from, to, why) -> {});
    }

    /** The platform granted a sandbox; {@code took} from the request to the sandbox. */
    public void granted(Duration took) {
        Gate of = gate;
        if (of == null) {
            return;
        }
        Change change;
        synchronized (this) {
            if (time.nanos() - took.toNanos() < changedAt) {
                // It was asked for among as many as there were then, and says nothing of now.
                return;
            }
            round[Math.min(granted, LONGEST_ROUND - 1)] = took.toNanos();
            granted++;
            wanted |= of.waiting() > 0;
            change = granted < Math.max(LEAST_ROUND, Math.min(limit, LONGEST_ROUND)) ? null : judge();
            if (change == null && told != limit) {
                change = to(limit, QUOTA);
            }
        }
        apply(of, change);
    }

    /** The platform refused a sandbox for its quota; {@code live} are there. */
    public void full(int live) {
        wrong(Math.max(1, live), Math.max(1, live), QUOTA);
    }

    /** The platform refused a call for its rate. */
    public void rateLimited() {
        int now = limit();
        wrong(Math.max(1, now * 4 / 5), now, "rate limit");
    }

    /** The number now. */
    public synchronized int limit() {
        return limit;
    }

    private void wrong(int to, int most, String why) {
        Gate of = gate;
        if (of == null) {
            return;
        }
        Change change = null;
        synchronized (this) {
            long now = time.nanos();
            boolean sameWave = wroteOff && now - wroteOffAt < WAVE;
            wroteOff = true;
            wroteOffAt = now;
            if (!sameWave) {
                change = fall(Math.min(to, limit), most, why);
            } else if (to < limit && why.equals(QUOTA)) {
                // The others of the wave say how many there are too many.
                limit = to;
                ceiling = to;
            }
        }
        apply(of, change);
    }

    private @Nullable Change fall(int to, int most, String why) {
        // The first fall is how the number is found.
        patience = doubling ? patience : shorter(patience.multipliedBy(2), LONGEST_PATIENCE);
        doubling = false;
        ceiling = Math.max(1, most);
        trying = false;
        triedAt = time.nanos();
        return to(to, why);
    }

    /** At the end of a round: as many creates as there are places. */
    private @Nullable Change judge() {
        int measured = Math.min(granted, LONGEST_ROUND);
        long[] times = Arrays.copyOf(round, measured);
        Arrays.sort(times);
        double median = times[measured / 2];
        boolean waited = wanted;
        granted = 0;
        wanted = false;
        boolean slow = !Double.isNaN(best) && median > SLOW * best + SLOW_AT_LEAST;
        // It may rise, by a hundredth in a minute: the platform is not what it was.
        long now = time.nanos();
        double risen = best * (1 + (now - bestAt) / 60e9 / 100);
        best = Double.isNaN(best) ? median : Math.min(risen, median);
        bestAt = now;
        if (slow) {
            return slow(median);
        }
        fellAt = Double.NaN;
        return waited && pacer.waiting() == 0 ? grow() : null;
    }

    /** Where fewer of ours made them no faster, it is others that make them slow: to fall further would be to leave the platform to these. */
    private @Nullable Change slow(double median) {
        if (limit <= FIRST || median > OTHERS * fellAt) {
            return null;
        }
        fellAt = median;
        return fall(
                Math.max(FIRST, limit * 7 / 10),
                Math.max(1, limit * 9 / 10),
                String.format(Locale.ROOT, "creates took %.0f ms, %.0f ms at best", median / 1e6, best / 1e6));
    }

    private @Nullable Change grow() {
        int wish = doubling ? limit * 2 : limit + Math.max(1, limit / 8);
        if (trying) {
            // Whole rounds above the old mark, and nothing was wrong: there is no reason to stop here.
            if (limit > ceiling + ceiling / 2) {
                trying = false;
                ceiling = MOST;
                patience = FIRST_PATIENCE;
            }
        } else if (wish > ceiling && ceiling < MOST) {
            if (limit < ceiling) {
                return to(ceiling, "granted and fast");
            }
            if (time.since(triedAt).compareTo(patience) < 0) {
                return null;
            }
            trying = true;
            triedAt = time.nanos();
        }
        return to(Math.min(wish, MOST), trying ? "tried again" : "granted and fast");
    }

    private @Nullable Change to(int next, String why) {
        int before = told;
        changedAt = limit == next ? changedAt : time.nanos();
        limit = next;
        granted = 0;
        told = next;
        return before == next ? null : new Change(before, next, why);
    }

    private void apply(Gate of, @Nullable Change change) {
        of.resize(limit());
        if (change != null) {
            listener.changed(change.from, change.to, change.why);
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** The number, when it is found out by itself. */
    public Optional<Integer> found() {
        return gate == null ? Optional.empty() : Optional.of(limit());
    }

    /** Told of each change, on the thread of the answer that caused it. Must not block. */
    @FunctionalInterface
    public interface Listener {
        /** @param why for people */
        void changed(int from, int to, String why);
    }

    private record Change(int from, int to, String why) {}
}
