/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures what DESIGN's table of figures claims, one scenario after the other: each in a JVM of its own with the heap that the claim
 * names, against a platform in yet another one.
 *
 * <pre>LoadHarness [SCENARIO...] [--runs N] [--samples N] [--at-once N] [--minutes N] [--smoke] [--json FILE] [--java-option OPTION] [--root DIR]</pre>
 */
public final class LoadHarness {

    /** Lines of the measuring process that are figures. */
    private static final String MARK = "figures: ";

    private static final ObjectMapper JSON = new ObjectMapper();

    private LoadHarness() {}

    /** See the class. Exits with 1 when a scenario could not be measured. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        HarnessOptions options = HarnessOptions.parse(arguments);
        if (options.inside()) {
            System.out.println(MARK
                    + JSON.writeValueAsString(measure(options, options.names().get(0))));
            System.exit(0);
        }
        List<Map<String, Object>> all = new ArrayList<>();
        for (String name : options.names()) {
            List<JsonNode> runs = new ArrayList<>();
            for (int run = 0; run < options.runs(); run++) {
                runs.add(inOwnProcess(name, options));
            }
            all.add(result(name, runs));
            System.out.println(table(name, runs));
        }
        if (options.json().isPresent()) {
            Files.write(
                    options.json().get(),
                    JSON.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(all));
        }
    }

    /** Measures in this process. */
    static Map<String, Object> measure(HarnessOptions options, String name) throws IOException, InterruptedException {
        if (name.equals(CommandLineRun.NAME)) {
            return CommandLineRun.measure(options.root(), options.smoke());
        }
        if (name.equals(SoakRun.NAME)) {
            return SoakRun.measure(options);
        }
        return LoadRun.measure(options.adapt(Scenario.named(name)));
    }

    private static JsonNode inOwnProcess(String name, HarnessOptions options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + options.heap(name));
        // A claim about the heap fails at once, instead of ending in a JVM that has no event loops any more.
        command.add("-XX:+ExitOnOutOfMemoryError");
        if (Runtime.version().feature() >= 25) {
            // As the program's launcher has it.
            command.add("-XX:+UseCompactObjectHeaders");
        }
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.addAll(Figures.quietNetty());
        command.addAll(options.javaOptions());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LoadHarness.class.getName()));
        command.addAll(options.inside(name));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        JsonNode figures = null;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(MARK)) {
                    figures = JSON.readTree(line.substring(MARK.length()));
                } else {
                    System.out.println(line);
                }
            }
        }
        int code = process.waitFor();
        if (figures == null || code != 0) {
            System.err.println(name + " could not be measured: its process ended with " + code);
            System.exit(1);
            throw new IllegalStateException("unreachable");
        }
        return figures;
    }

    private static Map<String, Object> result(String name, List<JsonNode> runs) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("scenario", name);
        result.put("claim", claim(name));
        result.put("machine", machine());
        result.put("runs", runs);
        return result;
    }

    private static Map<String, Object> machine() {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("java", Runtime.version().toString());
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        return machine;
    }

    private static String claim(String name) {
        return switch (name) {
            case CommandLineRun.NAME -> CommandLineRun.CLAIM;
            case SoakRun.NAME -> SoakRun.CLAIM;
            default -> Scenario.named(name).claim();
        };
    }

    /** A row for each figure: the median of the runs, and the least and the most of them. */
    private static String table(String name, List<JsonNode> runs) {
        StringBuilder text = new StringBuilder("\n" + name + ": " + claim(name) + "\n" + runs.size()
                + (runs.size() == 1 ? " run" : " runs") + " on " + machine() + "\n");
        runs.get(0).fieldNames().forEachRemaining(figure -> text.append(row(figure, runs)));
        return text.toString();
    }

    private static String row(String figure, List<JsonNode> runs) {
        JsonNode first = runs.get(0).path(figure);
        if (!first.isNumber()) {
            return String.format(Locale.ROOT, "  %-32s %s%n", figure, first.isArray() ? spark(first) : first);
        }
        double[] values =
                runs.stream().mapToDouble(run -> run.path(figure).asDouble()).toArray();
        String spread = runs.size() == 1
                ? ""
                : String.format(
                        Locale.ROOT,
                        "   %s to %s",
                        number(Figures.percentile(values, 0)),
                        number(Figures.percentile(values, 1)));
        return String.format(Locale.ROOT, "  %-32s %12s%s%n", figure, number(Figures.percentile(values, 0.5)), spread);
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%,.3f", value);
    }

    /** One bar for each second. */
    private static String spark(JsonNode counts) {
        int most = 1;
        for (JsonNode count : counts) {
            most = Math.max(most, count.asInt());
        }
        StringBuilder bars = new StringBuilder();
        for (JsonNode count : counts) {
            bars.append(" ▁▂▃▄▅▆▇█".charAt((int) Math.ceil(8.0 * count.asInt() / most)));
        }
        return bars + "  (the highest bar: " + most + ")";
    }
}
