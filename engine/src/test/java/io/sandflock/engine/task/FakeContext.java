/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Environment;
import io.sandflock.ExecResult;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.Sandbox;
import io.sandflock.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** A context that notes the stages entered and the results kept. */
final class FakeContext implements SampleContext {

    final List<Stage> stages = new ArrayList<>();
    final List<ExecResult> recorded = new ArrayList<>();
    private final Sample sample;
    private final Map<String, Environment> environments = new LinkedHashMap<>();

    FakeContext(Sample sample, Environment... environments) {
        this.sample = sample;
        for (Environment environment : environments) {
            this.environments.put(environment.name(), environment);
        }
    }

    @Override
    public Sample sample() {
        return sample;
    }

    @Override
    public int epoch() {
        return 1;
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public Sandbox sandbox() {
        return new Sandbox() {
            @Override
            public String id() {
                return "id";
            }

            @Override
            public String name() {
                return "inspect-t-s-00000000";
            }

            @Override
            public Environment environment() {
                return environments.values().iterator().next();
            }

            @Override
            public Map<String, Environment> environments() {
                return environments;
            }
        };
    }

    @Override
    public <T> Mono<T> timed(Stage stage, Mono<T> work) {
        return Mono.defer(() -> {
            stages.add(stage);
            return work;
        });
    }

    @Override
    public void record(ExecResult result) {
        recorded.add(result);
    }
}
