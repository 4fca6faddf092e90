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
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One rate budget of a platform, shared by everybody who calls under it. Calls are spread over time, and an answer that asks
 * to slow down pauses all of them, not only the one that got it: with thousands under way, a back-off of one's own would be a
 * storm of retries.
 *
 * <p>Waiting is cancellable. A rate permit that was reserved for a call that was cancelled while it waited is spent.
 */
public final class Pacer {

    /** Short windows, because the limiter lets a whole window's permits go at once: 100 ms. */
    private static final Duration WINDOW = Duration.ofMillis(100);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    /** After a pause the waiting calls come back over this time, not in one moment. */
    private static final Duration MOST_SPREAD = Duration.ofSeconds(2);

    private final String name;
    private final Time time;
    private final @Nullable RateLimiter rate;
    /** In ns of {@link Time#nanos()}; only ever later, relative to {@code origin} so that it starts in the past. */
    private final AtomicLong pausedUntil = new AtomicLong();

    private final long origin;
    private final AtomicInteger refusals = new AtomicInteger();
    private final CopyOnWriteArrayList<PauseListener> listeners = new CopyOnWriteArrayList<>();

    /**
     * @param name the budget, for people, for example {@code create}
     * @param perMinute calls in a minute; empty sends at once until the platform asks to slow down
     */
    public Pacer(String name, OptionalInt perMinute, Time time) {
        this.name = name;
        this.time = time;
        this.origin = time.nanos();
        this.rate = perMinute.isEmpty() ? null : limiter(name, perMinute.getAsInt(), time);
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
                        // The longest reservation accepted; who cannot wait so long cancels.
                        .timeoutDuration(Duration.ofHours(24))
                        .build(),
                time::nanos);
    }

    /** The budget's name. */
    public String name() {
        return name;
    }

    /**
     * The call, once it is its turn; its turn is asked for anew by each subscription. An error that asks to slow down pauses
     * the budget for everyone and is passed on: whether to try again is the caller's matter.
     */
    public <T> Mono<T> pace(Mono<T> call) {
        return turn().then(Mono.defer(() -> learning(call)));
    }

    /** The call at once, for one that has had its {@link #turn()}; what its answer says of the rate is learnt all the same. */
    public <T> Mono<T> learning(Mono<T> call) {
        return call.doOnError(TransientException.class, this::learn).doOnSuccess(ignored -> refusals.set(0));
    }

    /** Completes when the budget is not paused, without taking a permit; for who would only hold something while it waits. */
    public Mono<Void> calm() {
        return Mono.defer(() -> {
            Duration pause = pause();
            return pause.isZero() ? Mono.empty() : afterPause(pause).then(calm());
        });
    }

    private Mono<Void> afterPause(Duration pause) {
        return time.delay(pause.plus(time.jitter(pause.compareTo(MOST_SPREAD) < 0 ? pause : MOST_SPREAD)));
    }

    /** Completes when the budget is not paused and has a permit. On cancel the place is given up. */
    public Mono<Void> turn() {
        return Mono.defer(() -> {
            Duration pause = pause();
            // A pause may be made longer while it lasts, so it is looked at again.
            return pause.isZero() ? permit() : afterPause(pause).then(turn());
        });
    }

    private Mono<Void> permit() {
        if (rate == null) {
            return Mono.empty();
        }
        long wait = rate.reservePermission();
        return wait < 0
                ? Mono.error(new TransientException(
                        ErrorCode.RATE_LIMITED,
                        "more calls wait for the " + name
                                + " budget than it allows in a day; lower the number of samples",
                        io.sandflock.ErrorContext.NONE,
                        null))
                : time.delay(Duration.ofNanos(wait));
    }

    /** Time left of the pause; zero when there is none. */
    public Duration pause() {
        long left = pausedUntil.get() - (time.nanos() - origin);
        return left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
    }

    /** Pauses everybody for at least this long from now. A pause that lasts longer already stays as it is. */
    public void pauseFor(Duration wait) {
        long until = time.nanos() - origin + wait.toNanos();
        long before = pausedUntil.getAndAccumulate(until, Math::max);
        if (until > before) {
            listeners.forEach(listener -> listener.paused(name, wait));
        }
    }

    /** Pauses when this error asks to slow down: a rate limit, a used-up quota, or any other with a time to wait. */
    public void learn(TransientException refusal) {
        boolean slowDown = refusal.code() == ErrorCode.RATE_LIMITED || refusal.code() == ErrorCode.QUOTA_EXCEEDED;
        if (slowDown || refusal.retryAfter().isPresent()) {
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
}
