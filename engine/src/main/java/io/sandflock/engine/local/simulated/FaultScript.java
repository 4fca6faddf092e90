/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.Faults;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Faults by operation: the next so many times, or every so often by chance. Thread-safe; rules can be added at any time. */
public final class FaultScript implements Faults {

    private final List<Rule> rules = new CopyOnWriteArrayList<>();

    private FaultScript() {}

    /** A script without faults. */
    public static FaultScript create() {
        return new FaultScript();
    }

    /** Faults of the next request of this operation, all at once. */
    public FaultScript once(String operation, Fault... faults) {
        return times(1, operation, faults);
    }

    /** Faults of each of the next {@code count} requests of this operation. */
    public FaultScript times(int count, String operation, Fault... faults) {
        rules.add(new Counted(operation, target -> true, List.of(faults), new AtomicInteger(count)));
        return this;
    }

    /** Faults of the next {@code count} requests of this operation whose target passes. */
    public FaultScript times(int count, String operation, Predicate<String> target, Fault... faults) {
        rules.add(new Counted(operation, target, List.of(faults), new AtomicInteger(count)));
        return this;
    }

    /**
     * Faults of a share of the requests of this operation.
     *
     * @param share from 0 to 1
     * @param seed of the chance: the n-th request of the operation has the same fate in every run
     */
    public FaultScript share(double share, long seed, String operation, Fault... faults) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be between 0 and 1, was " + share);
        }
        rules.add(new Share(operation, share, seed, List.of(faults), new AtomicLong()));
        return this;
    }

    /** Forgets all rules. */
    public void clear() {
        rules.clear();
    }

    /** What is left of the rules that count, by operation. Empty when everything that was to happen has happened. */
    public Map<String, Integer> left() {
        Map<String, Integer> left = new TreeMap<>();
        for (Rule rule : rules) {
            if (rule instanceof Counted counted && counted.left.get() > 0) {
                left.merge(counted.operation, counted.left.get(), Integer::sum);
            }
        }
        return left;
    }

    @Override
    public List<Fault> next(String operation, String target) {
        if (rules.isEmpty()) {
            return List.of();
        }
        List<Fault> faults = new ArrayList<>();
        for (Rule rule : rules) {
            // One counted rule per request: two rules of one fault each are two requests that fail.
            boolean mayApply = faults.isEmpty() || rule instanceof Share;
            if (mayApply && rule.applies(operation, target)) {
                faults.addAll(rule.faults());
            }
        }
        return List.copyOf(faults);
    }

    private sealed interface Rule {
        boolean applies(String operation, String target);

        List<Fault> faults();
    }

    private record Counted(String operation, Predicate<String> target, List<Fault> faults, AtomicInteger left)
            implements Rule {
        @Override
        public boolean applies(String asked, String about) {
            return operation.equals(asked)
                    && target.test(about)
                    && left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
        }
    }

    private record Share(String operation, double share, long seed, List<Fault> faults, AtomicLong asked)
            implements Rule {
        @Override
        public boolean applies(String name, String about) {
            return operation.equals(name)
                    && new SplittableRandom(seed + asked.getAndIncrement() * 0x9E3779B97F4A7C15L).nextDouble() < share;
        }
    }
}
