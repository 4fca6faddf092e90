/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.http.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The Docker Engine of the tests, with the images that {@code .ci/images} made. Where it is missing a test is skipped, but never in CI.
 * After a class nothing may be left in the engine of the substrates that it made: no container, network, volume or image. Others, who
 * use the engine meanwhile, are not looked at.
 */
public final class DockerEngine implements BeforeAllCallback, AfterAllCallback {

    /** Debian's minimal base with python3, bash and sudo; runs as daytona. */
    public static final String DEBIAN = "sandflock-test/debian:1";

    /** BusyBox alone; runs as root. */
    public static final String BUSYBOX = "sandflock-test/busybox:1";

    static final Duration LONG = Duration.ofSeconds(90);

    private static final Map<Class<?>, Queue<DockerSubstrate>> MADE = new ConcurrentHashMap<>();

    /** Options for the engine of the tests. */
    public static DockerOptions options(Path state) {
        return DockerOptions.of(System.getenv(), ShellMachineFiles::new)
                .withStateFolder(state)
                .withDefaultImage(DEBIAN);
    }

    /** A substrate that is looked after at the end of the test class. */
    public static DockerSubstrate substrate(Class<?> test, DockerOptions options) {
        DockerSubstrate substrate = DockerSubstrate.create(options);
        MADE.computeIfAbsent(test, any -> new ConcurrentLinkedQueue<>()).add(substrate);
        return substrate;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        EngineClient engine = client();
        try {
            answer(engine, "/images/" + DEBIAN + "/json");
            answer(engine, "/images/" + BUSYBOX + "/json");
        } catch (RuntimeException e) {
            String why = "a Docker Engine with the tests' images is needed: " + e.getMessage()
                    + ". To have one: .ci/images; eval \"$(.ci/docker-engine)\"";
            if ("true".equals(System.getenv("CI"))) {
                fail(why, e);
            }
            abort(why);
        } finally {
            engine.closeLater().block(LONG);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        nothingLeft(context.getRequiredTestClass());
    }

    /** Fails when something of the substrates that were made for a class is still there. */
    public static void nothingLeft(Class<?> test) {
        Queue<DockerSubstrate> made = MADE.remove(test);
        if (made != null) {
            made.forEach(substrate -> assertThat(things(substrate.instance()))
                    .as("left in the engine")
                    .isEmpty());
        }
    }

    /** What there is in the engine of an instance's. */
    static Set<String> things(String instance) {
        EngineClient engine = client();
        try {
            ObjectNode labelled = Json.object();
            labelled.putArray("label").add(Deaths.label(instance));
            ObjectNode tagged = Json.object();
            tagged.putArray("reference").add(Images.REPOSITORY + "/" + instance);
            Set<String> things = new TreeSet<>();
            add(things, "container", answer(engine, "/containers/json?all=true&filters=" + Deaths.query(labelled)));
            add(things, "network", answer(engine, "/networks?filters=" + Deaths.query(labelled)));
            add(
                    things,
                    "volume",
                    answer(engine, "/volumes?filters=" + Deaths.query(labelled)).path("Volumes"));
            add(things, "image", answer(engine, "/images/json?filters=" + Deaths.query(tagged)));
            add(things, "image", answer(engine, "/images/json?all=true&filters=" + Deaths.query(labelled)));
            return things;
        } finally {
            engine.closeLater().block(LONG);
        }
    }

    /** A client of its own. */
    static EngineClient client() {
        return new EngineClient(options(Path.of("/nowhere")).socket());
    }

    static JsonNode answer(EngineClient engine, String path) {
        JsonNode answer = engine.call(HttpMethod.GET, path).block(LONG);
        if (answer == null) {
            throw new IllegalStateException("no answer to " + path);
        }
        return answer;
    }

    private static void add(Set<String> things, String kind, JsonNode list) {
        List<String> names = List.of("Names", "Name", "RepoTags", "Id");
        list.forEach(one -> things.add(kind
                + " "
                + names.stream()
                        .map(one::path)
                        .filter(name -> !name.isMissingNode())
                        .findFirst()
                        .orElse(one)));
    }
}
