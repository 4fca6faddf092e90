/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.Faults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Throws a die for every request: most go well, and of the others each has one of the faults that the platform is known for. */
final class FaultDice implements Faults {

    /** Samples of this task never have a create that commits late, so that their sandboxes can be counted exactly. */
    static final String COUNTED = "inspect-whole-";

    private final Random dice;
    private final Map<String, List<Face>> faces = new TreeMap<>();
    private final ConcurrentMap<String, AtomicInteger> thrown = new ConcurrentHashMap<>();
    private final Set<String> late = ConcurrentHashMap.newKeySet();

    FaultDice(Random dice) {
        this.dice = dice;
        creates();
        deletes();
        looks();
        toolbox();
    }

    /** How often each fault was thrown. */
    Map<String, Integer> thrown() {
        Map<String, Integer> counts = new TreeMap<>();
        thrown.forEach((name, count) -> counts.put(name, count.get()));
        return counts;
    }

    /** Whether a create of this name was carried out after it was answered with 502: there may be two of it. */
    boolean isLate(String name) {
        return late.contains(name);
    }

    @Override
    public List<Fault> next(String operation, String target) {
        int roll = dice.nextInt(1_000);
        for (Face face : faces.getOrDefault(operation, List.of())) {
            roll -= face.perMille();
            if (roll < 0) {
                return face.target().test(target) && isLeft(face, operation)
                        ? face.faults().get()
                        : List.of();
            }
        }
        return List.of();
    }

    private boolean isLeft(Face face, String operation) {
        AtomicInteger count = thrown.computeIfAbsent(operation + " " + face.name(), name -> new AtomicInteger());
        return count.getAndUpdate(before -> Math.min(face.most(), before + 1)) < face.most();
    }

    private void creates() {
        String create = "sandbox.create";
        add(create, 30, "slow", () -> new Fault.SlowAnswer(millis(80)));
        add(create, 30, "stale", Fault.StaleAnswer::new);
        add(create, 25, "failed to start", () -> new Fault.FailedStart("no such layer"));
        add(create, 20, "pending build", () -> new Fault.PendingBuild(millis(8)));
        add(create, 20, "unknown state", () -> new Fault.UnknownState("levitating", millis(100)));
        add(create, 20, "list lag", () -> new Fault.ListLag(millis(300)));
        losses(create);
        face(
                create,
                15,
                Integer.MAX_VALUE,
                "name lag",
                any -> true,
                () -> List.of(new Fault.NameLag(millis(250)), new Fault.BadGateway(true)));
        face(
                create,
                60,
                Integer.MAX_VALUE,
                "late commit",
                this::mayBeLate,
                () -> List.of(new Fault.LateCommit(millis(900))));
        rare(create, new Fault.Refusal(400, "Total CPU limit exceeded. Maximum allowed: 100."));
        rare(create, new Fault.Refusal(400, "No available runners"));
        rare(create, throttled("sandbox-create"));
    }

    private void deletes() {
        String delete = "sandbox.delete";
        losses(delete);
        add(delete, 10, "late commit", () -> new Fault.LateCommit(millis(200)));
        add(delete, 15, "409", () -> new Fault.Refusal(409, "Sandbox state change in progress"));
        rare(delete, throttled("sandbox-lifecycle"));
    }

    private void looks() {
        for (String operation : List.of("sandbox.get", "sandbox.list")) {
            losses(operation);
            add(operation, 20, "slow", () -> new Fault.SlowAnswer(millis(80)));
            rare(operation, throttled(operation.equals("sandbox.list") ? "sandbox-list" : "authenticated"));
        }
    }

    private void toolbox() {
        losses("toolbox");
        add("toolbox", 20, "slow", () -> new Fault.SlowAnswer(millis(80)));
        add("toolbox", 15, "daemon killed", () -> new Fault.DaemonDeath(millis(150)));
    }

    /** What may happen to any request, before and after it was carried out. */
    private void losses(String operation) {
        for (boolean committed : List.of(false, true)) {
            String when = committed ? " after commit" : " before commit";
            add(operation, 15, "502" + when, () -> new Fault.BadGateway(committed));
            add(operation, 10, "reset" + when, () -> new Fault.Reset(committed));
            add(operation, 3, "no answer" + when, () -> new Fault.NoAnswer(committed));
        }
    }

    private static Fault.Refusal throttled(String throttler) {
        return new Fault.Refusal(429, "ThrottlerException: Too Many Requests", Map.of("Retry-After-" + throttler, "1"));
    }

    private void add(String operation, int perMille, String name, Supplier<Fault> fault) {
        face(operation, perMille, Integer.MAX_VALUE, name, any -> true, () -> List.of(fault.get()));
    }

    /** Each pauses everybody for a second: three of a kind are enough. */
    private void rare(String operation, Fault.Refusal refusal) {
        face(operation, 4, 3, refusal.status() + " " + refusal.message(), any -> true, () -> List.of(refusal));
    }

    private void face(
            String operation,
            int perMille,
            int most,
            String name,
            Predicate<String> target,
            Supplier<List<Fault>> faults) {
        faces.computeIfAbsent(operation, any -> new ArrayList<>()).add(new Face(perMille, most, name, target, faults));
    }

    private boolean mayBeLate(String name) {
        return !name.startsWith(COUNTED) && late.add(name);
    }

    private Duration millis(int most) {
        return Duration.ofMillis(1 + dice.nextInt(most));
    }

    private record Face(int perMille, int most, String name, Predicate<String> target, Supplier<List<Fault>> faults) {}
}
