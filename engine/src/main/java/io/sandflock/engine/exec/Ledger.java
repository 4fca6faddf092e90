/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.engine.frame.ExecutionId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * The executions of an environment: their numbers, and which of them the sandbox may forget. What an execution wrote is deleted
 * once it was received; its claim must outlive every replay of its requests. Thread-safe.
 */
final class Ledger {

    /** So that a request stays small whatever happened before. */
    private static final int AT_ONCE = 64;

    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

    private final String prefix;
    private final long horizonNanos;
    private final Deque<Long> received = new ArrayDeque<>();
    private final Deque<Claim> claims = new ArrayDeque<>();
    private long last = 0;

    /** @param random seeds the prefix, by which environments of one sandbox tell their executions apart */
    Ledger(Random random, Duration replayHorizon) {
        StringBuilder text = new StringBuilder();
        random.ints(24, 0, ALPHABET.length()).forEach(at -> text.append(ALPHABET.charAt(at)));
        this.prefix = text.toString();
        this.horizonNanos = replayHorizon.toNanos();
    }

    synchronized ExecutionId next() {
        return new ExecutionId(prefix, ++last);
    }

    /** Any id, for requests that are about all executions. */
    ExecutionId everything() {
        return new ExecutionId(prefix, 1);
    }

    synchronized boolean isUnused() {
        return last == 0;
    }

    /** All that the execution has to say was received. */
    synchronized void received(ExecutionId id) {
        received.add(id.number());
    }

    /** Executions whose files are to be deleted; each is given out once. */
    synchronized List<Long> takeReceived(long nowNanos) {
        List<Long> numbers = new ArrayList<>();
        while (numbers.size() < AT_ONCE && !received.isEmpty()) {
            long number = received.remove();
            numbers.add(number);
            claims.add(new Claim(number, nowNanos));
        }
        return numbers;
    }

    /** Executions whose claims are to be deleted as well; each is given out once. */
    synchronized List<Long> takeForgotten(long nowNanos) {
        List<Long> numbers = new ArrayList<>();
        while (numbers.size() < AT_ONCE
                && !claims.isEmpty()
                && nowNanos - claims.element().sinceNanos() > horizonNanos) {
            numbers.add(claims.remove().number());
        }
        return numbers;
    }

    private record Claim(long number, long sinceNanos) {}
}
