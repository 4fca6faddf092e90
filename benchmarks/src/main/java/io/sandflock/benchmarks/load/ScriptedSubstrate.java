/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.UploadedContexts;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Simulated sandboxes whose creation takes what their id says, and whose commands do what {@link Produce} and {@link Services} say. */
final class ScriptedSubstrate implements Substrate {

    private final PlatformModel model;
    private final SimulatedSubstrate simulated;

    ScriptedSubstrate(PlatformModel model) {
        this.model = model;
        this.simulated = SimulatedSubstrate.of(SimulatedOptions.DEFAULT
                .withSeed(model.seed())
                .withScript(command -> Services.isStart(command) ? Services.start(command) : Produce.run(command))
                .withImages()
                .withoutKeptRuns());
    }

    @Override
    public String name() {
        return simulated.name();
    }

    @Override
    public String isolation() {
        return simulated.isolation();
    }

    @Override
    public boolean hasImages() {
        return simulated.hasImages();
    }

    @Override
    public boolean hasAllowLists() {
        return simulated.hasAllowLists();
    }

    @Override
    public Flux<String> build(ImageSpec image, UploadedContexts contexts) {
        return simulated.build(image, contexts);
    }

    @Override
    public Mono<Void> remove(String image) {
        return simulated.remove(image);
    }

    @Override
    public Mono<Void> open() {
        return simulated.open();
    }

    @Override
    public Mono<Machine> create(MachineSpec spec) {
        Duration time = model.createTime(spec.id());
        return time.isZero() ? simulated.create(spec) : Mono.delay(time).then(simulated.create(spec));
    }

    @Override
    public Mono<Void> closeLater() {
        return simulated.closeLater();
    }
}
