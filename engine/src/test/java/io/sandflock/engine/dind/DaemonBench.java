/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.sandflock.Engine;
import io.sandflock.ExecRequest;
import io.sandflock.Sandbox;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.Stage;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.docker.DockerEngine;
import io.sandflock.engine.local.docker.DockerSubstrate;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.testing.Settled;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A Docker daemon in a sandbox of the embedded platform, until it is closed; all it gets is by the wire. */
final class DaemonBench implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(120);

    /** Made by {@code src/examples/dind-image/build}, with the tests' images in it. */
    static final String IMAGE = "sandflock-test/dind:1";

    private final LocalPlatform local;
    final Platform platform;
    private final Engine engine;
    final List<Stage> stages = Collections.synchronizedList(new ArrayList<>());

    DaemonBench(Path state) {
        this(state, checked(IMAGE));
    }

    /** @param image of the daemon; made from {@link #IMAGE} */
    DaemonBench(Path state, String image) {
        DockerSubstrate docker = DockerEngine.substrate(
                DaemonBench.class,
                DockerEngine.options(state).withDefaultImage(image).withPrivileged(List.of("*")));
        local = Objects.requireNonNull(
                LocalPlatform.start(LocalOptions.of(docker)).block(PATIENCE));
        platform = client();
        engine = Sandflock.on(platform).build();
    }

    /** One more client of the platform, its user's to close. */
    Platform client() {
        return DaytonaPlatform.create(DaytonaSettings.of(local.key()).withUrl(local.url()));
    }

    /** A project that is up. */
    Held<Sandbox> up(Project project) {
        return new Held<>(sandbox -> start(sandbox, project, DindSettings.DEFAULT));
    }

    /** Brings a project up in a sandbox of its own; the sandbox is gone when this ends. */
    Mono<Sandbox> upOnce(Project project) {
        return upOnce(project, DindSettings.DEFAULT);
    }

    Mono<Sandbox> upOnce(Project project, DindSettings settings) {
        return engine.withSandbox(
                SandboxRequest.of(SandboxSpec.defaultSnapshot()), sandbox -> start(sandbox, project, settings));
    }

    private Mono<Sandbox> start(Sandbox sandbox, Project project, DindSettings settings) {
        DockerProjects projects = DockerProjects.create(settings, ExecSettings.DEFAULT);
        return platform.sandboxes()
                .get(sandbox.id())
                .flatMap(info -> projects.start(info, project, platform, stages::add));
    }

    /** Requests that the platform has answered. */
    long requests() {
        return local.counters().requests().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Deletes all; how many sandboxes were left. */
    @Override
    public void close() {
        engine.closeLater().block(PATIENCE);
        // A daemon with its services takes its time to end on a busy machine.
        int left = Settled.left(local);
        for (int i = 0; left > 0 && i < 3; i++) {
            left = Settled.left(local);
        }
        Mono.from(local.closeLater()).block(PATIENCE);
        if (left > 0) {
            fail(left + " sandboxes were left");
        }
        DockerEngine.nothingLeft(DaemonBench.class);
    }

    private static String checked(String image) {
        needsTheImage();
        return image;
    }

    static void needsTheImage() {
        try {
            Process look = new ProcessBuilder("docker", "image", "inspect", IMAGE)
                    .redirectErrorStream(true)
                    .start();
            look.getInputStream().readAllBytes();
            if (look.waitFor(30, TimeUnit.SECONDS) && look.exitValue() == 0) {
                return;
            }
        } catch (IOException e) {
            // Told below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String why = "the image " + IMAGE + " is needed: src/examples/dind-image/build " + IMAGE
                + " --with sandflock-test/debian:1 --with sandflock-test/busybox:1";
        if (Boolean.parseBoolean(System.getenv("CI"))) {
            fail(why);
        }
        abort(why);
    }

    static String out(Sandbox sandbox, String service, String line) {
        return Objects.requireNonNull(
                        Objects.requireNonNull(sandbox.environments().get(service))
                                .exec(ExecRequest.shell(line))
                                .block(PATIENCE))
                .stdout()
                .text();
    }

    /** What a sandbox is made into, until it is closed. */
    final class Held<T> implements AutoCloseable {

        private final Sinks.Empty<Void> release = Sinks.empty();
        private final Sinks.Empty<Void> released = Sinks.empty();
        private final T value;

        private Held(java.util.function.Function<Sandbox, Mono<T>> make) {
            Sinks.One<T> made = Sinks.one();
            Consumer<Throwable> failed = error -> {
                made.tryEmitError(error);
                released.tryEmitEmpty();
            };
            engine.withSandbox(
                            SandboxRequest.of(SandboxSpec.defaultSnapshot()),
                            sandbox -> make.apply(sandbox)
                                    .doOnNext(made::tryEmitValue)
                                    .then(release.asMono()))
                    .subscribe(nothing -> {}, failed, released::tryEmitEmpty);
            value = Objects.requireNonNull(made.asMono().block(PATIENCE));
        }

        T get() {
            return value;
        }

        @Override
        public void close() {
            release.tryEmitEmpty();
            released.asMono().block(PATIENCE);
        }
    }
}
