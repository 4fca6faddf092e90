/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Engine;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.Score;
import io.sandflock.Secret;
import io.sandflock.TransientException;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.ToolboxEnvironment;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.lease.LeaseSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A run for the chaos suite: in this process, or in one of its own that is killed.
 *
 * @param eval its name; names of sandboxes begin with it
 * @param seed of what its tasks do: the same for the same sample and attempt in every process
 */
record ChaosRun(URI url, String key, Path folder, String eval, int samples, long seed) {

    static final int MAX_SANDBOXES = 8;

    private static final LeaseSettings QUICK = new LeaseSettings(
            Duration.ofSeconds(3),
            Duration.ofSeconds(3),
            Duration.ofSeconds(60),
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofMillis(200));

    /** The program of a process that is killed: url, folder, eval, samples, seed; the key on standard input. */
    public static void main(String[] args) throws java.io.IOException {
        String key = new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        ChaosRun run = new ChaosRun(
                URI.create(args[0]),
                key,
                Path.of(args[1]),
                args[2],
                Integer.parseInt(args[3]),
                Long.parseLong(args[4]));
        Engine engine = run.engine();
        // As an application does that embeds the engine: SIGTERM ends the run with everything released.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> engine.closeLater().block()));
        boolean resumed = java.nio.file.Files.exists(run.folder().resolve("run.json"));
        run.events(engine, resumed).blockLast();
        System.exit(0);
    }

    Engine engine() {
        ProgramText.load();
        ExecSettings exec = ExecSettings.DEFAULT.withRecovery(Duration.ofMinutes(2), Duration.ofMillis(50));
        return Sandflock.on(
                        DaytonaPlatform.create(
                                DaytonaSettings.of(Secret.of(key)).withUrl(url)),
                        (name, sandbox, from) -> ToolboxEnvironment.create(
                                name,
                                sandbox.id(),
                                from.toolbox(sandbox),
                                from.sandboxes(),
                                exec,
                                ThreadLocalRandom.current()))
                .leases(QUICK)
                .owner("chaos")
                .build();
    }

    Flux<RunEvent> events(Engine engine, boolean resumed) {
        return resumed ? engine.resume(spec()) : engine.run(spec());
    }

    private RunSpec spec() {
        return RunSpec.of(
                        eval,
                        IntStream.range(0, samples)
                                .mapToObj(index -> Sample.of("s" + index, ""))
                                .toList(),
                        this::work)
                .withLimits(new RunSpec.Limits(
                        MAX_SANDBOXES,
                        Duration.ofSeconds(6),
                        Duration.ofSeconds(2),
                        Optional.empty(),
                        3,
                        Optional.empty()))
                .withFolder(folder);
    }

    private Mono<Outcome> work(SampleContext context) {
        String id = context.sample().id();
        int roll = new SplittableRandom(seed ^ id.hashCode() * 31L ^ context.attempt()).nextInt(100);
        if (roll < 2) {
            throw new IllegalStateException("a task that throws");
        }
        Duration time = roll < 4 ? Duration.ofSeconds(4) : Duration.ofMillis(new Random(roll).nextInt(30));
        return Mono.delay(time)
                .then(context.environment()
                        .exec(ExecRequest.of("work", id, context.sandbox().name())))
                .doOnNext(context::record)
                .flatMap(result -> roll < 8
                        ? Mono.error(new TransientException(
                                ErrorCode.UNREACHABLE, "the network broke", ErrorContext.NONE, null))
                        : roll < 11 ? Mono.empty() : Mono.just(new Outcome.Scored(Score.of(1))));
    }
}
