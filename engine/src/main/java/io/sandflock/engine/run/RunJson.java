/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sandflock.ErrorCode;
import io.sandflock.Outcome;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.SampleResult;
import io.sandflock.Score;
import io.sandflock.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;

/** What a run's files hold, as JSON. Times are in ms unless the name says otherwise. */
final class RunJson {

    private static final ObjectMapper LINES = new ObjectMapper();
    private static final ObjectMapper PRETTY = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private RunJson() {}

    /** One line, with its line feed. */
    static byte[] line(Map<String, ?> fields) {
        return (write(LINES, fields) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** A whole file. */
    static byte[] document(Map<String, ?> fields) {
        return (write(PRETTY, fields) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String write(ObjectMapper mapper, Map<String, ?> fields) {
        try {
            return mapper.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not to be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The resolved configuration. Variables by name only: their values may be secret. */
    static Map<String, Object> run(RunHead head, RunSpec spec, RunIdentity identity) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("run_id", head.runId());
        json.put("eval", spec.eval());
        json.put("started_at", head.startedAt().toString());
        json.put("platform", Map.of("url", head.platform().toString(), "version", head.platformVersion()));
        json.put(
                "versions",
                Map.of("sandflock", head.version(), "java", Runtime.version().toString()));
        json.put("samples", spec.samples().size());
        json.put("epochs", spec.epochs());
        json.put("sandbox", spec.sandbox().toString());
        json.put("env", new TreeSet<>(spec.env().keySet()));
        json.put("cleanup", spec.cleanup());
        json.put("limits", limits(spec.limits()));
        json.put("identity", identity.parts());
        json.put("details", spec.details());
        return json;
    }

    private static Map<String, Object> limits(RunSpec.Limits limits) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("max_sandboxes", limits.isAuto() ? "auto" : limits.maxSandboxes());
        json.put("create_timeout_ms", limits.createTimeout().toMillis());
        json.put("sample_ms", limits.sample().toMillis());
        limits.run().ifPresent(run -> json.put("run_ms", run.toMillis()));
        json.put("retry_on_error", limits.retryOnError());
        limits.failOnError().ifPresent(most -> json.put("fail_on_error", most));
        return json;
    }

    static Map<String, Object> result(SampleResult result) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sample", result.sampleId());
        json.put("epoch", result.epoch());
        json.put("outcome", result.outcome().label());
        result.outcome().score().ifPresent(score -> json.put("score", score.value()));
        if (result.outcome() instanceof Outcome.InfrastructureFailed failed) {
            json.put("code", failed.code().name());
        }
        if (result.outcome() instanceof Outcome.TimedOut timedOut) {
            json.put("limit", timedOut.what());
            json.put("limit_ms", timedOut.limit().toMillis());
        }
        json.put("message", result.outcome().message());
        result.exitCode().ifPresent(code -> json.put("exit_code", code));
        Map<String, Object> stages = new LinkedHashMap<>();
        result.stages().forEach((stage, time) -> stages.put(stage.label(), millis(time)));
        json.put("stages_ms", stages);
        json.put("requests", result.requests());
        json.put("retries", Math.max(0, result.attempts().size() - 1));
        json.put("attempts", result.attempts().stream().map(RunJson::attempt).toList());
        json.put("sandbox_seconds", result.sandboxTime().toNanos() / 1e9);
        json.put("finished_at", result.finishedAt().toString());
        return json;
    }

    private static Map<String, Object> attempt(SampleResult.Attempt attempt) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("number", attempt.number());
        json.put("sandbox", attempt.sandbox());
        if (!attempt.failure().isEmpty()) {
            json.put("failure", attempt.failure());
        }
        return json;
    }

    /** A line of the results, as {@link #result} wrote it. Lenient: what is missing or not understood has its zero. */
    static SampleResult readResult(JsonNode line) {
        Map<Stage, Duration> stages = new EnumMap<>(Stage.class);
        for (Stage stage : Stage.values()) {
            JsonNode time = line.path("stages_ms").path(stage.label());
            if (time.isNumber()) {
                stages.put(stage, Duration.ofNanos(Math.round(time.asDouble() * 1e6)));
            }
        }
        List<SampleResult.Attempt> attempts = new ArrayList<>();
        for (JsonNode attempt : line.path("attempts")) {
            attempts.add(new SampleResult.Attempt(
                    attempt.path("number").asInt(1),
                    attempt.path("sandbox").asText(),
                    attempt.path("failure").asText()));
        }
        JsonNode exitCode = line.path("exit_code");
        return new SampleResult(
                line.path("sample").asText(),
                line.path("epoch").asInt(1),
                outcome(line),
                stages,
                exitCode.isInt() ? OptionalInt.of(exitCode.asInt()) : OptionalInt.empty(),
                attempts,
                line.path("requests").asInt(),
                Duration.ofNanos(Math.round(line.path("sandbox_seconds").asDouble() * 1e9)),
                instant(line.path("finished_at").asText()));
    }

    private static Outcome outcome(JsonNode line) {
        String message = line.path("message").asText();
        return switch (line.path("outcome").asText()) {
            case "scored" -> new Outcome.Scored(new Score(line.path("score").asDouble(), message));
            case "task_failed" -> new Outcome.TaskFailed(message);
            case "timed_out" ->
                new Outcome.TimedOut(
                        line.path("limit").asText("sample"),
                        Duration.ofMillis(line.path("limit_ms").asLong()));
            case "cancelled" -> new Outcome.Cancelled(message);
            default -> new Outcome.InfrastructureFailed(code(line.path("code").asText()), message);
        };
    }

    private static ErrorCode code(String name) {
        return Arrays.stream(ErrorCode.values())
                .filter(code -> code.name().equals(name))
                .findFirst()
                .orElse(ErrorCode.INTERNAL);
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    /** {@code run.json} as it was written; refuses what is no JSON object. */
    static JsonNode readRun(Path file) throws IOException {
        JsonNode run = LINES.readTree(Files.readAllBytes(file));
        if (run == null || !run.isObject() || run.path("run_id").asText().isEmpty()) {
            throw new IOException("it is not the description of a run");
        }
        return run;
    }

    static Map<String, Object> summary(RunSummary summary) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("run_id", summary.runId());
        json.put("total", summary.total());
        json.put("outcomes", new java.util.TreeMap<>(summary.outcomes()));
        json.put("mean_score", Double.isNaN(summary.meanScore()) ? null : summary.meanScore());
        json.put("duration_seconds", summary.duration().toNanos() / 1e9);
        json.put("samples_per_second", summary.samplesPerSecond());
        Map<String, Object> stages = new LinkedHashMap<>();
        for (Stage stage : Stage.values()) {
            RunSummary.Percentiles times = summary.stages().get(stage);
            if (times != null) {
                stages.put(stage.label(), percentiles(times));
            }
        }
        json.put("stages_ms", stages);
        json.put("failures", new java.util.TreeMap<>(summary.failures()));
        json.put("requests", summary.requests());
        json.put("retries", summary.retries());
        json.put("sandbox_seconds", summary.sandboxSeconds());
        List<String> left = new ArrayList<>(summary.leftOver());
        json.put("left_over_count", left.size());
        json.put("left_over", left);
        return json;
    }

    private static Map<String, Object> percentiles(RunSummary.Percentiles times) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("p50", millis(times.p50()));
        json.put("p90", millis(times.p90()));
        json.put("p99", millis(times.p99()));
        json.put("max", millis(times.max()));
        return json;
    }

    private static double millis(Duration time) {
        return Math.round(time.toNanos() / 1e3) / 1e3;
    }
}
