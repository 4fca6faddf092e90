/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.engine.platform.CreateSandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to write a create request and to read a page of sandboxes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {

    @SuppressWarnings("InlineFormatString") // a document is read better on its own
    private static final String SANDBOX = """
            {"id":"%1$08x-0000-4000-8000-000000000000","organizationId":"o","name":"inspect-humaneval-%1$d-0a1b2c3d",
            "snapshot":"daytona-small","user":"daytona","env":{},"labels":{"created_by":"inspect-ai","inspect_run_id":"0123456789abcdef",
            "sandflock_owner":"me","sandflock_sample":"HumanEval/%1$d","sandflock_epoch":"1","sandflock_attempt":"1"},"public":false,
            "networkBlockAll":false,"target":"local","cpu":1,"gpu":0,"memory":1,"disk":3,"state":"started","desiredState":"started",
            "autoStopInterval":15,"createdAt":"2026-11-23T10:00:00.000Z","updatedAt":"2026-11-23T10:00:01.000Z",
            "toolboxProxyUrl":"http://127.0.0.1:4000/toolbox","aFieldOfTomorrow":{"nested":[1,2,3]}}""";

    private final byte[] page = page(100);
    private final CreateSandbox request = new CreateSandbox(
            "inspect-humaneval-17-0a1b2c3d",
            new CreateSandbox.Source.Snapshot("daytona-small"),
            Optional.empty(),
            Map.of("LANG", "C.UTF-8"),
            Map.of("created_by", "inspect-ai", "inspect_run_id", "0123456789abcdef"),
            false,
            Optional.empty(),
            false,
            Optional.empty(),
            CreateSandbox.Resources.DEFAULT,
            CreateSandbox.Intervals.DEFAULT);

    /** A create request. */
    @Benchmark
    public byte[] encodeCreate() {
        return Json.encode(Wire.SandboxCreation.of(request, Optional.empty()));
    }

    /** A page of 100 sandboxes, 75 KB. */
    @Benchmark
    public Object decodePageOf100() throws IOException {
        return Json.MAPPER.readValue(page, Wire.SandboxPage.class);
    }

    private static byte[] page(int sandboxes) {
        return IntStream.range(0, sandboxes)
                .mapToObj(number -> String.format(Locale.ROOT, SANDBOX, number))
                .collect(Collectors.joining(",", "{\"items\":[", "],\"nextCursor\":null}"))
                .getBytes(StandardCharsets.UTF_8);
    }
}
