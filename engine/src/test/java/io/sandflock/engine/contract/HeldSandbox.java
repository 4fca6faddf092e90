/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import io.sandflock.Engine;
import io.sandflock.Environment;
import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.PermanentException;
import io.sandflock.Sandbox;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.Secret;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.ToolboxEnvironment;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.namespace.NamespaceOptions;
import io.sandflock.engine.local.namespace.NamespaceSubstrate;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.testing.Settled;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One sandbox of a platform, reached as an application reaches it, until it is closed. */
final class HeldSandbox {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Of this JVM; null for one elsewhere. */
    private final @Nullable LocalPlatform local;

    private final Platform platform;
    private final Engine engine;
    private final Sandbox sandbox;
    private final Sinks.Empty<Void> release = Sinks.empty();
    private final Sinks.Empty<Void> released = Sinks.empty();

    private HeldSandbox(@Nullable LocalPlatform local, Platform platform) {
        this.local = local;
        this.platform = platform;
        this.engine = Sandflock.on(platform).build();
        Sinks.One<Sandbox> started = Sinks.one();
        engine.withSandbox(SandboxRequest.of(SandboxSpec.defaultSnapshot()), box -> {
                    started.tryEmitValue(box);
                    return release.asMono();
                })
                .doOnError(started::tryEmitError)
                .subscribe(nothing -> {}, released::tryEmitError, released::tryEmitEmpty);
        this.sandbox = Objects.requireNonNull(started.asMono().block(PATIENCE));
    }

    static HeldSandbox onNamespaces() {
        return on(NamespaceSubstrate.create(NamespaceOptions.defaults(ShellMachineFiles::new)));
    }

    /** A sandbox of the substrate's default snapshot. */
    static HeldSandbox on(Substrate substrate) {
        LocalPlatform local = LocalPlatform.start(LocalOptions.of(substrate)).block(PATIENCE);
        return new HeldSandbox(
                local, DaytonaPlatform.create(DaytonaSettings.of(local.key()).withUrl(local.url())));
    }

    /** A sandbox of the default snapshot of a platform elsewhere. */
    static HeldSandbox at(URI url, Secret key) {
        return new HeldSandbox(
                null, DaytonaPlatform.create(DaytonaSettings.of(key).withUrl(url)));
    }

    Environment environment() {
        return sandbox.environment();
    }

    /** Where the platform of this JVM listens. */
    int port() {
        return Objects.requireNonNull(local).url().getPort();
    }

    private SandboxInfo info() {
        return Objects.requireNonNull(platform.sandboxes().get(sandbox.id()).block(PATIENCE));
    }

    /** An environment of its own on the sandbox, whose daemon is reached through a proxy. */
    ToolboxEnvironment through(FaultProxy proxy, ExecSettings settings, Random random) {
        SandboxInfo info = info();
        SandboxInfo behind = new SandboxInfo(
                info.id(),
                info.name(),
                info.state(),
                info.rawState(),
                info.errorReason(),
                info.labels(),
                info.snapshot(),
                info.target(),
                info.user(),
                info.cpu(),
                info.memoryGib(),
                info.toolboxUrl().map(url -> proxy.before(url).toString()),
                info.createdAt());
        return ToolboxEnvironment.create(
                "default", info.id(), platform.toolbox(behind), platform.sandboxes(), settings, random);
    }

    /** The sandbox's daemon. */
    Toolbox toolbox() {
        return platform.toolbox(info());
    }

    /** An environment of its own on the sandbox. */
    ToolboxEnvironment another() {
        SandboxInfo info = info();
        return ToolboxEnvironment.create(
                "default", info.id(), platform.toolbox(info), platform.sandboxes(), ExecSettings.DEFAULT, new Random());
    }

    /** Processes of executions, and files of those that ended, in the sandbox. */
    String leftovers() {
        String line = "for f in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $f 2>/dev/null | grep '^SANDFLOCK_EXEC=' |"
                + " grep -vx \"SANDFLOCK_EXEC=$SANDFLOCK_EXEC\"; done; ls -A /tmp | grep sandflock";
        return Objects.requireNonNull(
                        environment().exec(ExecRequest.shell(line)).block(PATIENCE))
                .stdout()
                .text();
    }

    /** Deletes the sandbox, and the platform when it is of this JVM; how many sandboxes were left. */
    int close() {
        release.tryEmitEmpty();
        released.asMono().block(PATIENCE);
        boolean left = isThere();
        engine.closeLater().block(PATIENCE);
        LocalPlatform own = local;
        if (own == null) {
            return left ? 1 : 0;
        }
        int all = Settled.left(own);
        Mono.from(own.closeLater()).block(PATIENCE);
        return all;
    }

    private boolean isThere() {
        return platform.sandboxes()
                .get(sandbox.id())
                .map(found -> found.state() != SandboxState.DESTROYED && found.state() != SandboxState.DESTROYING)
                .onErrorResume(
                        PermanentException.class,
                        error -> error.code() == ErrorCode.NOT_FOUND ? Mono.just(false) : Mono.error(error))
                .blockOptional(PATIENCE)
                .orElse(true);
    }
}
