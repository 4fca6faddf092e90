/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.UploadedContexts;
import io.sandflock.engine.local.simulated.SimulatedOptions.Operation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Sandboxes without processes. A machine that nothing happens in has no thread and no timer and takes a few hundred bytes. Commands
 * of the engine's are executed once per execution id, as in a real sandbox. Thread-safe.
 */
public final class SimulatedSubstrate implements Substrate {

    /** SplittableRandom's own odd constant: neighbouring operations get streams that are far apart. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final SimulatedOptions options;
    private final ConcurrentMap<String, SimulatedMachine> machines = new ConcurrentHashMap<>();
    private final ConcurrentMap<ExecutionId, LongAdder> runs = new ConcurrentHashMap<>();
    private final AtomicLong operations = new AtomicLong();

    private SimulatedSubstrate(SimulatedOptions options) {
        this.options = options;
    }

    /** A substrate with these options. */
    public static SimulatedSubstrate of(SimulatedOptions options) {
        return new SimulatedSubstrate(options);
    }

    /** Machines that exist. */
    public int live() {
        return machines.size();
    }

    /**
     * How often the script was asked for each execution, which must be once; those of destroyed sandboxes only when the options
     * keep them.
     */
    public Map<String, Long> runs() {
        Map<String, Long> counts = new TreeMap<>();
        runs.forEach((id, count) -> counts.put(id.toString(), count.sum()));
        return counts;
    }

    /** Kills a machine, as if its host had lost it: {@link Machine#died()} completes. Whether there was one. */
    public boolean kill(String sandboxId) {
        SimulatedMachine machine = machines.get(sandboxId);
        if (machine != null) {
            machine.die();
        }
        return machine != null;
    }

    @Override
    public String name() {
        return "simulated";
    }

    @Override
    public String isolation() {
        return "nothing runs: commands are scripted, files are in memory";
    }

    @Override
    public boolean hasImages() {
        return options.images();
    }

    /** There is no network at all, so every list is kept to. */
    @Override
    public boolean hasAllowLists() {
        return true;
    }

    /** Takes its time, says what it was told to say, and builds nothing. */
    @Override
    public Flux<String> build(ImageSpec image, UploadedContexts contexts) {
        return Flux.defer(() -> {
            BuildScript.Result result = options.builds().build(image);
            int last = Math.max(0, result.log().size() - 1);
            return Flux.fromIterable(result.log().subList(0, last))
                    .concatWith(takes(Operation.BUILD)
                            .then(after(result.time()))
                            .thenMany(Flux.fromIterable(
                                    result.log().subList(last, result.log().size()))))
                    .concatWith(Mono.justOrEmpty(result.failure())
                            .flatMap(reason -> Mono.error(new IllegalStateException(reason))));
        });
    }

    /** Reads the program that commands come in: the first of them comes on an event loop, which must not read files. */
    @Override
    public Mono<Void> open() {
        return Mono.<Void>fromRunnable(ProgramText::load).subscribeOn(Schedulers.boundedElastic());
    }

    @Override
    public Mono<Machine> create(MachineSpec spec) {
        return takes(Operation.CREATE).then(Mono.fromSupplier(() -> register(spec)));
    }

    @Override
    public Mono<Void> closeLater() {
        return Flux.defer(() -> Flux.fromIterable(List.copyOf(machines.values())))
                .doOnNext(SimulatedMachine::destroyed)
                .then();
    }

    private Machine register(MachineSpec spec) {
        SimulatedMachine machine = new SimulatedMachine(this, spec.id());
        machines.put(spec.id(), machine);
        return machine;
    }

    /** Completes after the scripted time; at once, and without a timer, when that is zero. */
    Mono<Void> takes(Operation operation) {
        Latency latency = options.latencies().getOrDefault(operation, Latency.NONE);
        return Mono.defer(() -> after(latency.sample(random())));
    }

    static Mono<Void> after(Duration time) {
        return time.isZero() ? Mono.empty() : Mono.delay(time).then();
    }

    CommandScript.Result run(CommandScript.Command command) {
        return options.script().run(command);
    }

    CommandScript.Result run(ExecutionId id, CommandScript.Command command) {
        runs.computeIfAbsent(id, any -> new LongAdder()).increment();
        return run(command);
    }

    void forget(SimulatedMachine machine, Iterable<ExecutionId> executions) {
        machines.remove(machine.id(), machine);
        if (!options.keepRuns()) {
            executions.forEach(runs::remove);
        }
    }

    private SplittableRandom random() {
        return new SplittableRandom(options.seed() + operations.getAndIncrement() * GOLDEN);
    }
}
