/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.examples;

import io.sandflock.Engine;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.Score;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How an application uses an engine that it was handed. Compiled and run by the tests. */
public final class Embedding {

    private Embedding() {}

    // tag::one-command[]
    /** One command in a sandbox of its own; the sandbox is gone when the result arrives. */
    public static Mono<String> kernel(Engine engine) {
        return engine.withSandbox(
                SandboxRequest.of(SandboxSpec.defaultSnapshot()), sandbox -> sandbox.environment()
                        .exec(ExecRequest.of("uname", "-s"))
                        .map(result -> result.stdout().text().strip()));
    }
    // end::one-command[]

    // tag::a-run[]
    /** Many samples, each in a sandbox of its own: counts words, and scores the count. */
    public static Flux<RunEvent> countWords(Engine engine) {
        List<Sample> samples = List.of(
                sample("haiku", "an old silent pond", "4"),
                sample("proverb", "a stitch in time saves nine", "6"),
                sample("nothing", "", "0"));
        return engine.run(RunSpec.of("word-count", samples, Embedding::countWords)
                .withLimits(RunSpec.Limits.defaults().withMaxSandboxes(3)));
    }

    private static Mono<Outcome> countWords(SampleContext context) {
        ExecRequest wc = ExecRequest.builder(List.of("wc", "-w"))
                .stdin(context.sample().input().getBytes(StandardCharsets.UTF_8))
                .build();
        return context.environment().exec(wc).map(result -> {
            boolean right = context.sample().target().contains(result.stdout().text().strip());
            return new Outcome.Scored(Score.of(right ? 1 : 0));
        });
    }
    // end::a-run[]

    private static Sample sample(String id, String input, String target) {
        return new Sample(id, input, List.of(target), Map.of(), Optional.empty());
    }
}
