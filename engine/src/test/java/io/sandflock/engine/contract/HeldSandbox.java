/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import io.sandflock.Engine;
import io.sandflock.Environment;
import io.sandflock.ExecRequest;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
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
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.testing.Settled;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One sandbox of an embedded platform, reached as an application reaches it, until it is closed. */
final class HeldSandbox {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final LocalPlatform local;
    private final Platform platform;
    private final Engine engine;
    private final Environment environment;
    private final Sinks.Empty<Void> release = Sinks.empty();
    private final Sinks.Empty<Void> released = Sinks.empty();

    private HeldSandbox(LocalPlatform local, Platform platform, Engine engine) {
        this.local = local;
        this.platform = platform;
        this.engine = engine;
        Sinks.One<Environment> started = Sinks.one();
        engine.withSandbox(SandboxRequest.of(SandboxSpec.defaultSnapshot()), sandbox -> {
                    started.tryEmitValue(sandbox.environment());
                    return release.asMono();
                })
                .doOnError(started::tryEmitError)
                .subscribe(nothing -> {}, released::tryEmitError, released::tryEmitEmpty);
        this.environment = Objects.requireNonNull(started.asMono().block(PATIENCE));
    }

    static HeldSandbox onNamespaces() {
        return on(NamespaceSubstrate.create(NamespaceOptions.defaults(ShellMachineFiles::new)));
    }

    /** A sandbox of the substrate's default snapshot. */
    static HeldSandbox on(Substrate substrate) {
        LocalPlatform local = LocalPlatform.start(LocalOptions.of(substrate)).block(PATIENCE);
        Platform platform =
                DaytonaPlatform.create(DaytonaSettings.of(local.key()).withUrl(local.url()));
        return new HeldSandbox(local, platform, Sandflock.on(platform).build());
    }

    Environment environment() {
        return environment;
    }

    /** Where the platform listens. */
    int port() {
        return local.url().getPort();
    }

    /** An environment of its own on the sandbox, whose daemon is reached through a proxy. */
    ToolboxEnvironment through(FaultProxy proxy, ExecSettings settings, Random random) {
        SandboxInfo info =
                Objects.requireNonNull(platform.sandboxes().list(Map.of()).blockFirst(PATIENCE));
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
        return platform.toolbox(
                Objects.requireNonNull(platform.sandboxes().list(Map.of()).blockFirst(PATIENCE)));
    }

    /** An environment of its own on the sandbox. */
    ToolboxEnvironment another() {
        SandboxInfo info =
                Objects.requireNonNull(platform.sandboxes().list(Map.of()).blockFirst(PATIENCE));
        return ToolboxEnvironment.create(
                "default", info.id(), platform.toolbox(info), platform.sandboxes(), ExecSettings.DEFAULT, new Random());
    }

    /** Processes of executions, and files of those that ended, in the sandbox. */
    String leftovers() {
        String line = "for f in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $f 2>/dev/null | grep '^SANDFLOCK_EXEC=' |"
                + " grep -vx \"SANDFLOCK_EXEC=$SANDFLOCK_EXEC\"; done; ls -A /tmp | grep sandflock";
        return Objects.requireNonNull(environment.exec(ExecRequest.shell(line)).block(PATIENCE))
                .stdout()
                .text();
    }

    /** Deletes the sandbox and the platform; how many sandboxes were left. */
    int close() {
        release.tryEmitEmpty();
        released.asMono().block(PATIENCE);
        engine.closeLater().block(PATIENCE);
        int left = Settled.left(local);
        Mono.from(local.closeLater()).block(PATIENCE);
        return left;
    }
}
