/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.sandflock.ErrorCode;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.RateReading;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * One rate budget of a platform, shared by everybody who calls under it. Calls are spread over the platform's windows, which are learnt
 * from what its answers say, and an answer that asks to slow down pauses all of them, not only the one that got it: with thousands
 * under way, a back-off of one's own would be a storm of retries.
 *
 * <p>Who waits stands in a queue, fair between {@linkplain #as tenants}, with one timer for all. Waiting is cancellable and costs
 * nothing then: a turn is taken when it has come, not before. Thread-safe.
 */
public final class Pacer {

    /** Short windows, because the limiter lets a whole window's permits go at once: 100 ms. */
    private static final Duration WINDOW = Duration.ofMillis(100);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /** After a pause the waiting calls come back over this time, not in one moment. */
    private static final Duration MOST_SPREAD = Duration.ofSeconds(2);

    private static final Object TENANT = Pacer.class;

    private final String name;
    private final Time time;
    private final RateReading.@Nullable Budget budget;
    private final @Nullable RateLimiter own;
    private final long origin;
    private final AtomicInteger refusals = new AtomicInteger();
    private final CopyOnWriteArrayList<PauseListener> listeners = new CopyOnWriteArrayList<>();

    private final Object lock = new Object();
    // All guarded by lock; times are relative to origin, so that the first of them is in the past.
    private final FairQueue<Turn> waiting = new FairQueue<>();
    private @Nullable RateWindow window = null;
    private long pausedUntil = 0;
    private Duration lastPause = Duration.ZERO;
    /** Until when the calls that waited for the end of a pause have come back; -1 before its end, 0 when nobody comes back any more. */
    private long spreadUntil = 0;

    /** When the last of them was due. */
    private long spreadLast = 0;
    /** When the permit of one's own rate that was reserved for the next in the queue is due; -1 when none is. */
    private long reserved = -1;

    private long turns = 0;
    private long sent = 0;
    private @Nullable Disposable timer = null;
    private long timerAt = Long.MAX_VALUE;

    private final Queue<Turn> granted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger granting = new AtomicInteger();

    /**
     * @param name the budget, for people, for example {@code create}
     * @param perMinute the most calls in a minute, whatever the platform allows; empty leaves it to the platform
     */
    public Pacer(String name, OptionalInt perMinute, Time time) {
        this(name, null, perMinute, time);
    }

    /** @param budget whose readings count here; null for a budget that the platform does not count */
    public Pacer(String name, RateReading.@Nullable Budget budget, OptionalInt perMinute, Time time) {
        this.name = name;
        this.budget = budget;
        this.time = time;
        this.origin = time.nanos();
        this.own = perMinute.isEmpty() ? null : limiter(name, perMinute.getAsInt(), time);
    }

    private static RateLimiter limiter(String name, int perMinute, Time time) {
        if (perMinute < 1) {
            throw new IllegalArgumentException("a rate must be at least 1 per minute, was " + perMinute);
        }
        // Rates below one per window get a window that holds exactly one.
        long inWindow =
                Math.max(1, perMinute * WINDOW.toNanos() / Duration.ofMinutes(1).toNanos());
        Duration window = Duration.ofMinutes(1).multipliedBy(inWindow).dividedBy(perMinute);
        return new AtomicRateLimiter(
                name,
                RateLimiterConfig.custom()
                        .limitForPeriod((int) inWindow)
                        .limitRefreshPeriod(window)
                        // One permit at a time is reserved, so it is never far away.
                        .timeoutDuration(Duration.ofHours(24))
                        .build(),
                time::nanos);
    }

    /** The budget's name. */
    public String name() {
        return name;
    }

    /** A context whose calls take turns with those of others; for {@code contextWrite}. */
    public static Context as(Object tenant, Context context) {
        return context.put(TENANT, tenant);
    }

    /** The tenant of this context. */
    static Object tenant(ContextView context) {
        return Objects.requireNonNullElse(context.getOrDefault(TENANT, ""), "");
    }

    /** A limit that the platform tells beforehand. What its answers say later counts more. */
    public void expect(RateReading.Rate rate) {
        synchronized (lock) {
            if (window == null) {
                window = new RateWindow(rate.limit(), rate.window());
            }
        }
    }

    /**
     * The call, once it is its turn; its turn is asked for anew by each subscription. An error that asks to slow down pauses
     * the budget for everyone and is passed on: whether to try again is the caller's matter.
     */
    public <T> Mono<T> pace(Mono<T> call) {
        return turn().then(learning(call));
    }

    /** The call at once, for one that has had its {@link #turn()}; what its answer says of the rate is learnt all the same. */
    public <T> Mono<T> learning(Mono<T> call) {
        return Mono.defer(() -> {
            long at = now();
            long number;
            synchronized (lock) {
                number = ++sent;
            }
            return call.contextWrite(context -> RateReading.told(context, reading -> read(reading, number, at)))
                    .doOnError(TransientException.class, this::learn)
                    .doOnSuccess(ignored -> refusals.set(0));
        });
    }

    /** Completes when the budget is not paused, without taking a permit; for who would only hold something while it waits. */
    public Mono<Void> calm() {
        return Mono.defer(() -> {
            Duration pause = pause();
            return pause.isZero()
                    ? Mono.empty()
                    : time.delay(pause.plus(time.jitter(spreadOf(pause)))).then(calm());
        });
    }

    /** Completes when the budget is not paused and it is one's turn. On cancel the place is given up. */
    public Mono<Void> turn() {
        return Mono.deferContextual(context -> {
            Turn turn = new Turn(tenant(context));
            synchronized (lock) {
                long now = now();
                if (waiting.isEmpty() && waitOf(now) == 0) {
                    // On the caller's own thread: told by another, all calls would be sent by one thread.
                    take(now);
                    return Mono.empty();
                }
                waiting.add(turn.tenant, turn);
            }
            serve();
            return turn.told.asMono().doOnCancel(() -> leave(turn));
        });
    }

    /** Those who wait for their turn. */
    public int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    private void leave(Turn turn) {
        synchronized (lock) {
            waiting.remove(turn.tenant, turn);
        }
    }

    /** Tells those whose turn has come, and sets the timer for the next. */
    private void serve() {
        synchronized (lock) {
            ArrayDeque<Turn> next = new ArrayDeque<>();
            long now = now();
            while (!waiting.isEmpty()) {
                long wait = waitOf(now);
                if (wait > 0) {
                    wake(now, wait);
                    break;
                }
                Turn turn = waiting.poll();
                if (turn == null) {
                    break;
                }
                take(now);
                next.add(turn);
            }
            if (waiting.isEmpty()) {
                spreadUntil = 0;
            }
            // Inside the lock: whose turn comes first is also told first.
            granted.addAll(next);
        }
        tell();
    }

    private long waitOf(long now) {
        if (pausedUntil > now) {
            spreadUntil = -1;
            return pausedUntil - now;
        }
        long wait = window == null ? spreadWait(now) : window.waitOf(now);
        return wait > 0 || own == null ? wait : ownWait(now, own);
    }

    /**
     * Those who wait are spread evenly over what is left of the time. Who joins them makes them all come closer together: with a
     * distance that stays, a few that wait at the end of a pause would set a pace for thousands that come after them.
     */
    private long spreadWait(long now) {
        int calls = Math.max(1, waiting.size());
        if (spreadUntil < 0) {
            long all = spreadOf(lastPause).toNanos();
            spreadUntil = now + all;
            spreadLast = now - time.jitter(Duration.ofNanos(all / calls)).toNanos();
        }
        return now >= spreadUntil ? 0 : Math.max(0, spreadLast + (spreadUntil - spreadLast) / calls - now);
    }

    private long ownWait(long now, RateLimiter limiter) {
        if (reserved < 0) {
            reserved = now + Math.max(0, limiter.reservePermission());
        }
        return Math.max(0, reserved - now);
    }

    private void take(long now) {
        reserved = -1;
        turns++;
        if (spreadUntil > now) {
            spreadLast += (spreadUntil - spreadLast) / (waiting.size() + 1);
        }
        if (window != null) {
            window.take(now);
        }
    }

    private void wake(long now, long wait) {
        long at = now + wait;
        if (timer != null && timerAt <= at && timerAt > now) {
            return;
        }
        if (timer != null) {
            timer.dispose();
        }
        timerAt = at;
        timer = time.scheduler().schedule(this::woken, wait, TimeUnit.NANOSECONDS);
    }

    private void woken() {
        synchronized (lock) {
            timer = null;
            timerAt = Long.MAX_VALUE;
        }
        serve();
    }

    /** One thread at a time tells; a turn that leads to another only adds to the queue. */
    private void tell() {
        if (granting.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            for (Turn turn = granted.poll(); turn != null; turn = granted.poll()) {
                turn.told.tryEmitEmpty();
            }
            missed = granting.addAndGet(-missed);
        } while (missed != 0);
    }

    private void read(RateReading reading, long number, long at) {
        if (reading.budget() != budget) {
            return;
        }
        synchronized (lock) {
            RateWindow known = window;
            if (known == null) {
                known = new RateWindow(reading.limit(), reading.reset());
                window = known;
            }
            // Who had a turn and did not call in the end is forgotten once nothing is under way.
            long ahead = Math.max(0, turns - sent);
            known.learn(reading, number, at, (int) Math.min(Integer.MAX_VALUE, sent - number + ahead), now());
            if (waiting.isEmpty()) {
                turns = sent;
            }
        }
        serve();
    }

    /** Time left of the pause; zero when there is none. */
    public Duration pause() {
        synchronized (lock) {
            long left = pausedUntil - now();
            return left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
        }
    }

    /** Pauses everybody for at least this long from now. A pause that lasts longer already stays as it is. */
    public void pauseFor(Duration wait) {
        synchronized (lock) {
            long now = now();
            if (now + wait.toNanos() <= pausedUntil) {
                return;
            }
            pausedUntil = now + wait.toNanos();
            lastPause = wait;
            if (window != null) {
                window.blocked(now, wait.toNanos());
            }
        }
        listeners.forEach(listener -> listener.paused(name, wait));
    }

    /** Pauses when this error asks to slow down: a rate limit, or any other with a time to wait. Quotas are {@link Vacancy}'s. */
    public void learn(TransientException refusal) {
        if (refusal.code() == ErrorCode.RATE_LIMITED || refusal.retryAfter().isPresent()) {
            pauseFor(refusal.retryAfter().orElseGet(this::nextPause));
        }
    }

    /** Without a time from the platform: doubles with each refusal in a row. Refusals during a pause are of the same wave. */
    private Duration nextPause() {
        if (!pause().isZero()) {
            return Duration.ZERO;
        }
        int doublings = Math.min(refusals.getAndIncrement(), 5);
        Duration most = FIRST_PAUSE.multipliedBy(1L << doublings);
        return most.compareTo(LONGEST_PAUSE) < 0 ? most : LONGEST_PAUSE;
    }

    private static Duration spreadOf(Duration pause) {
        return pause.compareTo(MOST_SPREAD) < 0 ? pause : MOST_SPREAD;
    }

    private long now() {
        return time.nanos() - origin;
    }

    /** Is told of every pause, on the thread of the answer that caused it, until {@link #forget}. Must not block. */
    public void listen(PauseListener listener) {
        listeners.add(listener);
    }

    /** Ends {@link #listen}. */
    public void forget(PauseListener listener) {
        listeners.remove(listener);
    }

    /** Told of pauses. */
    @FunctionalInterface
    public interface PauseListener {

        /** @param wait how long everybody waits, from now */
        void paused(String budget, Duration wait);
    }

    private static final class Turn {

        final Object tenant;
        final Sinks.Empty<Void> told = Sinks.empty();

        Turn(Object tenant) {
            this.tenant = tenant;
        }
    }
}
