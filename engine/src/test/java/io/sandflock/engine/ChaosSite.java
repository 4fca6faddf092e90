/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Secret;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.Faults;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.local.simulated.Latency;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedOptions.Operation;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** A platform on which one schedule of faults happens, with a count of what happened. It survives its own restart, its sandboxes do not. */
final class ChaosSite implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String KEY = "chaos-key";
    /**
     * Longer than a run takes, also where an answer of a minute is lost: a sandbox that goes on to build cannot be deleted as long as it
     * does, which may be longer than anybody tries.
     */
    private static final Duration NEVER = Duration.ofHours(1);

    /**
     * What goes wrong all the time, beside how the run ends.
     *
     * @param intensity share of the requests that {@link FaultDice} is asked for
     * @param createsPerSecond what the platform allows; 0 for everything
     * @param denied whether deletes, and stops too, are refused with 403 for a while
     * @param stuck share of the creates, in percent, whose sandbox never starts
     */
    record Weather(double intensity, int createsPerSecond, boolean denied, int stuck) {}

    private final Weather weather;
    private final Random dice;
    private final FaultDice faults;
    private final long bornNanos = System.nanoTime();
    private final Map<String, AtomicInteger> thrown = new ConcurrentHashMap<>();
    /** Times that a sample's command was begun in a sandbox. */
    private final Map<String, AtomicInteger> commands = new ConcurrentHashMap<>();

    private final List<SimulatedSubstrate> substrates = new ArrayList<>();
    private LocalPlatform server;
    private final ChaosProxy proxy;

    ChaosSite(long seed, Weather weather) {
        this.weather = weather;
        this.dice = new Random(seed);
        this.faults = new FaultDice(dice);
        this.server = start(0);
        this.proxy = new ChaosProxy(server.url().getPort(), weather.intensity(), new Random(dice.nextLong()));
    }

    private LocalPlatform start(int port) {
        SimulatedSubstrate substrate = SimulatedSubstrate.of(SimulatedOptions.DEFAULT
                .withSeed(dice.nextLong())
                .with(Operation.CREATE, new Latency.LogNormal(Duration.ofMillis(8), 1, Duration.ofMillis(200)))
                .with(Operation.SPAWN, new Latency.Uniform(Duration.ZERO, Duration.ofMillis(3)))
                .with(Operation.DESTROY, new Latency.Uniform(Duration.ZERO, Duration.ofMillis(40)))
                .withScript(command -> {
                    commands.computeIfAbsent(String.join(" ", command.argv()), any -> new AtomicInteger())
                            .incrementAndGet();
                    return CommandScript.Result.of(0).stdout("done\n");
                }));
        substrates.add(substrate);
        LocalLimits limits = weather.createsPerSecond() == 0
                ? LocalLimits.DEFAULT
                : LocalLimits.DEFAULT.withRate(
                        "sandbox-create", new LocalLimits.Rate(weather.createsPerSecond(), Duration.ofSeconds(1)));
        return LocalPlatform.start(LocalOptions.of(substrate)
                        .withPort(port)
                        .withKey(Secret.of(KEY))
                        .withLimits(limits)
                        .withFaults((Faults) this::next)
                        .withClock(InstantSource.system(), Duration.ofMillis(100)))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private List<Fault> next(String operation, String target) {
        if (weather.denied()
                && isDenied()
                && List.of("sandbox.delete", "sandbox.stop").contains(operation)) {
            return thrown(operation + " 403", new Fault.Refusal(403, "Forbidden resource"));
        }
        int roll;
        boolean calm;
        synchronized (dice) {
            roll = dice.nextInt(100);
            calm = dice.nextDouble() >= weather.intensity();
        }
        if (operation.equals("sandbox.create") && roll < weather.stuck()) {
            return thrown("sandbox.create stuck", new Fault.PendingBuild(NEVER));
        }
        return calm ? List.of() : faults.next(operation, target);
    }

    /** From half a second to two after the start: some of a run's deletes. */
    private boolean isDenied() {
        long age = System.nanoTime() - bornNanos;
        return age > 500_000_000L && age < 2_000_000_000L;
    }

    private List<Fault> thrown(String name, Fault fault) {
        thrown.computeIfAbsent(name, any -> new AtomicInteger()).incrementAndGet();
        return List.of(fault);
    }

    /** Ends, with every sandbox, and begins again at the same address. */
    void restart() {
        int port = server.url().getPort();
        server.closeLater().block(PATIENCE);
        server = start(port);
        thrown("platform restart", new Fault.StaleAnswer());
    }

    /** Of the proxy before it. */
    URI url() {
        return proxy.before(server.url());
    }

    String key() {
        return KEY;
    }

    LocalPlatform server() {
        return server;
    }

    boolean isLate(String name) {
        return faults.isLate(name);
    }

    /** What was done to the create of this sandbox, for whoever wonders about it. */
    String told(String name) {
        return (isLate(name) ? ", once created late" : "")
                + (proxy.wasDeliveredTwice(name) ? ", its create delivered twice" : "");
    }

    Map<String, Integer> faults() {
        Map<String, Integer> all = new TreeMap<>(faults.thrown());
        thrown.forEach((name, count) -> all.put(name, count.get()));
        all.putAll(proxy.thrown());
        return all;
    }

    /** Commands that were begun twice in the same sandbox, by whomever. */
    List<String> commandsTwice() {
        List<String> twice = new ArrayList<>();
        commands.forEach((command, count) -> {
            if (count.get() != 1) {
                twice.add(command + " " + count + " times");
            }
        });
        for (SimulatedSubstrate substrate : substrates) {
            substrate.runs().forEach((execution, count) -> {
                if (count != 1) {
                    twice.add("execution " + execution + " " + count + " times");
                }
            });
        }
        return twice;
    }

    int commands() {
        return commands.size();
    }

    /** Sandboxes that are there once what was accepted is done: waits up to 20 s for there to be this many. */
    int settled(int expected) {
        return Mono.fromSupplier(() -> server.counters().live())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(10)))
                .takeUntil(live -> live == expected)
                .take(Duration.ofSeconds(20))
                .last(-1)
                .blockOptional(PATIENCE)
                .orElse(-1);
    }

    @Override
    public void close() {
        proxy.close();
        server.closeLater().block(PATIENCE);
    }
}
