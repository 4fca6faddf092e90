/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.files.ShellMachineFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The Docker Engine of the tests, with the images that {@code .ci/images} made. Where it is missing a test is skipped, but never in CI.
 * After a class nothing of an instance's that the class made may be left: no container, network, volume or image.
 */
public final class DockerEngine implements BeforeAllCallback, AfterAllCallback {

    /** Debian's minimal base with python3, bash and sudo; runs as daytona. */
    public static final String DEBIAN = "sandflock-test/debian:1";

    /** BusyBox alone; runs as root. */
    public static final String BUSYBOX = "sandflock-test/busybox:1";

    static final Duration LONG = Duration.ofSeconds(90);

    private Set<String> before = Set.of();

    /** Options for the engine of the tests. */
    public static DockerOptions options(Path state) {
        return DockerOptions.of(System.getenv(), ShellMachineFiles::new)
                .withStateFolder(state)
                .withDefaultImage(DEBIAN);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        before = things();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Set<String> left = things();
        left.removeAll(before);
        assertThat(left).as("left in the engine").isEmpty();
    }

    private static Set<String> things() {
        EngineClient engine = new EngineClient(options(Path.of("/nowhere")).socket());
        try {
            Set<String> things = new TreeSet<>();
            things.addAll(ids(
                    engine,
                    "/containers/json?all=true&filters=%7B%22label%22%3A%5B%22" + Containers.INSTANCE + "%22%5D%7D",
                    "container",
                    "Id"));
            things.addAll(ids(
                    engine,
                    "/networks?filters=%7B%22label%22%3A%5B%22" + Containers.INSTANCE + "%22%5D%7D",
                    "network",
                    "Name"));
            JsonNode images = answer(engine, "/images/json");
            images.forEach(image -> image.path("RepoTags").forEach(tag -> {
                if (tag.asText().startsWith(Images.REPOSITORY + "/")) {
                    things.add("image " + tag.asText());
                }
            }));
            return things;
        } catch (RuntimeException e) {
            String why = "a Docker Engine is needed: " + e.getMessage()
                    + ". Start one with: eval \"$(.ci/docker-engine)\"; .ci/images";
            if ("true".equals(System.getenv("CI"))) {
                return fail(why, e);
            }
            return abort(why);
        } finally {
            engine.closeLater().block(LONG);
        }
    }

    private static Set<String> ids(EngineClient engine, String path, String kind, String field) {
        Set<String> ids = new TreeSet<>();
        answer(engine, path).forEach(one -> ids.add(kind + " " + one.path(field).asText()));
        return ids;
    }

    private static JsonNode answer(EngineClient engine, String path) {
        JsonNode answer = engine.call(HttpMethod.GET, path).block(LONG);
        if (answer == null) {
            throw new IllegalStateException("no answer to " + path);
        }
        return answer;
    }
}
