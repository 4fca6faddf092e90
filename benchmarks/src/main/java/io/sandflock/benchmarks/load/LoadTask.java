/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.SampleContext;
import io.sandflock.SampleTask;
import io.sandflock.Score;
import io.sandflock.engine.limit.Announcement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What the samples of a measurement do, and when it happened. Sample ids are numbers from 0. */
final class LoadTask implements SampleTask {

    private static final Outcome DONE = new Outcome.Scored(Score.of(1));

    private final Scenario scenario;
    /** When the sandbox was there; of {@link System#nanoTime()}, 0 for never. */
    private final long[] begun;
    /** When the first byte of output was. */
    private final long[] firstByte;

    private final String[] sandboxes;
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger streaming = new AtomicInteger();
    private final Runnable all;
    private final Runnable allStream;
    private final Announcement<Boolean> go = new Announcement<>();

    /**
     * @param all is told, on any thread, when every sandbox is there at the same time
     * @param allStream is told, on any thread, when every command has begun to print
     */
    LoadTask(Scenario scenario, int samples, Runnable all, Runnable allStream) {
        this.allStream = allStream;
        this.scenario = scenario;
        this.all = all;
        this.begun = new long[samples];
        this.firstByte = new long[samples];
        this.sandboxes = new String[samples];
    }

    @Override
    public Mono<Outcome> run(SampleContext context) {
        return work(
                Integer.parseInt(context.sample().id()),
                context.sandbox().id(),
                request -> context.environment().execStream(request));
    }

    /** The same without an engine: what remains is the harness's own. */
    Mono<Outcome> work(int sample, String sandbox, Function<ExecRequest, Flux<ExecEvent>> stream) {
        return Mono.defer(() -> {
            begun[sample] = System.nanoTime();
            sandboxes[sample] = sandbox;
            int now = live.incrementAndGet();
            most.accumulateAndGet(now, Math::max);
            if (now == begun.length) {
                // It collects garbage and lets all go on: that is no work for an event loop, whose lag is measured.
                Schedulers.boundedElastic().schedule(all);
            }
            return scenario.command()
                    .map(command -> output(sample, stream.apply(command(command))))
                    .orElseGet(Mono::empty)
                    .then(scenario.together() ? go.heard().then() : Mono.empty())
                    .thenReturn(DONE)
                    .doFinally(signal -> live.decrementAndGet());
        });
    }

    private ExecRequest command(Produce command) {
        return scenario.model().substrate().equals(PlatformModel.NAMESPACE)
                ? ExecRequest.of("echo", "hello")
                : command.request();
    }

    private Mono<Void> output(int sample, Flux<ExecEvent> events) {
        return events.doOnNext(event -> {
                    if (firstByte[sample] == 0 && event instanceof ExecEvent.Stdout) {
                        firstByte[sample] = System.nanoTime();
                        if (streaming.incrementAndGet() == firstByte.length) {
                            Schedulers.boundedElastic().schedule(allStream);
                        }
                    }
                })
                .then();
    }

    /** Lets go of what is held together. */
    void release() {
        go.say(true);
    }

    int mostAtOnce() {
        return most.get();
    }

    long begun(int sample) {
        return begun[sample];
    }

    boolean hasOutput(int sample) {
        return firstByte[sample] != 0;
    }

    /** How long the platform's model alone would have taken to the first byte. */
    Duration least(int sample) {
        return scenario.model()
                .createTime(sandboxes[sample])
                .plusMillis(scenario.command().map(Produce::firstMillis).orElse(0));
    }

    /** From the sandbox to the first byte. */
    Duration commandTime(int sample) {
        return Duration.ofNanos(firstByte[sample] - begun[sample]);
    }
}
