/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.Faults;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.PlatformCounters;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.namespace.NamespaceOptions;
import io.sandflock.engine.local.namespace.NamespaceSubstrate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The platform of a measurement, in a process of its own so that its work is not in the engine's figures. Says on standard output
 * where it is, answers each line on standard input with its counters or its vitals, and ends with its input: a harness that was killed leaves none.
 */
final class PlatformMain {

    /** Asks for {@link Vitals} in place of the counters. */
    static final String VITALS = "vitals";

    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final ObjectMapper JSON = new ObjectMapper();

    private PlatformMain() {}

    /** @param arguments of {@link PlatformModel#arguments()} */
    public static void main(String[] arguments) throws IOException {
        // Before anything can log: what is read on this stream is the harness's protocol.
        PrintStream out = System.out;
        LocalPlatform platform = Objects.requireNonNull(
                LocalPlatform.start(options(PlatformModel.parse(arguments))).block(DEADLINE));
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            say(
                    out,
                    Map.of(
                            "url",
                            platform.url().toString(),
                            "key",
                            platform.key().reveal()));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                say(out, line.equals(VITALS) ? Vitals.now().json() : counters(platform.counters()));
            }
        } finally {
            platform.closeLater().block(DEADLINE);
        }
    }

    private static void say(PrintStream out, Map<String, ?> what) throws IOException {
        out.println(JSON.writeValueAsString(what));
        out.flush();
    }

    private static Map<String, Object> counters(PlatformCounters counters) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("requests", counters.requests());
        json.put("live", counters.live());
        json.put("created", counters.created());
        json.put("deleted", counters.deleted());
        json.put("cpu_nanos", Figures.cpuNanos());
        return json;
    }

    private static LocalOptions options(PlatformModel model) {
        LocalLimits limits = LocalLimits.DEFAULT;
        if (model.createsPerWindow() > 0) {
            limits = limits.withRate("sandbox-create", new LocalLimits.Rate(model.createsPerWindow(), model.window()));
        }
        if (model.cpus() > 0) {
            limits = limits.withQuota(
                    new LocalLimits.Quota(model.cpus(), Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY));
        }
        return LocalOptions.of(substrate(model)).withLimits(limits).withFaults(faults(model));
    }

    private static Faults faults(PlatformModel model) {
        List<Fault> deletes = later(model.deleteMillis() + model.roundTripMillis());
        List<Fault> others = later(model.roundTripMillis());
        return (operation, target) -> operation.equals("sandbox.delete") ? deletes : others;
    }

    private static List<Fault> later(int millis) {
        return millis == 0 ? List.of() : List.of(new Fault.SlowAnswer(Duration.ofMillis(millis)));
    }

    private static Substrate substrate(PlatformModel model) {
        return switch (model.substrate()) {
            case PlatformModel.SIMULATED -> new ScriptedSubstrate(model);
            case PlatformModel.NAMESPACE ->
                NamespaceSubstrate.create(NamespaceOptions.defaults(ShellMachineFiles::new));
            default ->
                throw new IllegalArgumentException(
                        "substrate=" + model.substrate() + "; expected simulated or namespace");
        };
    }
}
