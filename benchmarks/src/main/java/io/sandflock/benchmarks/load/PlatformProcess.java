/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.Secret;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The other process. Blocks. */
final class PlatformProcess implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BufferedReader out;
    private final Writer in;
    private final URI url;
    private final Secret key;

    private PlatformProcess(Process process) throws IOException {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = process.outputWriter(StandardCharsets.UTF_8);
        JsonNode hello = read();
        this.url = URI.create(hello.path("url").asText());
        this.key = Secret.of(hello.path("key").asText());
    }

    static PlatformProcess start(PlatformModel model) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx4g", "-XX:+UseParallelGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        command.addAll(Figures.quietNetty());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), PlatformMain.class.getName()));
        command.addAll(model.arguments());
        return new PlatformProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    URI url() {
        return url;
    }

    Secret key() {
        return key;
    }

    Counters counters() throws IOException {
        in.write('\n');
        in.flush();
        JsonNode json = read();
        List<String> names = new ArrayList<>();
        json.path("requests").fieldNames().forEachRemaining(names::add);
        long requests = names.stream()
                .mapToLong(name -> json.path("requests").path(name).asLong())
                .sum();
        return new Counters(
                requests,
                json.path("requests").path("sandbox.create").asLong(),
                json.path("requests").path("toolbox").asLong(),
                json.path("live").asInt(),
                json.path("created").asLong(),
                json.path("deleted").asLong(),
                json.path("cpu_nanos").asLong());
    }

    /** What its process holds; it collects its garbage first. */
    Vitals vitals() throws IOException {
        in.write(PlatformMain.VITALS + "\n");
        in.flush();
        return Vitals.of(read());
    }

    private JsonNode read() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the platform's process ended; its errors are above");
        }
        return JSON.readTree(line);
    }

    /** Its input ends, and it with it. */
    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * What the platform did so far.
     *
     * @param creates requests to create, refused ones included
     * @param created sandboxes that were made
     */
    record Counters(long requests, long creates, long toolbox, int live, long created, long deleted, long cpuNanos) {}
}
