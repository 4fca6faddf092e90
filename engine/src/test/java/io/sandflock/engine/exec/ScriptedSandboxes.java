/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Sandboxes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A control plane that knows one sandbox, whose state the test sets. */
final class ScriptedSandboxes implements Sandboxes {

    volatile String state = "started";
    final AtomicInteger asked = new AtomicInteger();

    @Override
    public Mono<SandboxInfo> get(String idOrName) {
        return Mono.defer(() -> {
            asked.incrementAndGet();
            return state.equals("missing")
                    ? Mono.error(new PermanentException(ErrorCode.NOT_FOUND, "no such sandbox", ErrorContext.NONE))
                    : Mono.just(info());
        });
    }

    private SandboxInfo info() {
        return new SandboxInfo(
                "sb-1",
                "sandbox",
                SandboxState.ofWire(state),
                state,
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                "local",
                "root",
                1,
                1,
                Optional.empty(),
                Optional.empty());
    }

    @Override
    public Mono<SshAccess> sshAccess(String idOrName, Duration validFor) {
        return Mono.just(new SshAccess("ssh token@host", "tomorrow"));
    }

    @Override
    public Mono<SandboxInfo> create(CreateSandbox request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Flux<SandboxInfo> list(Map<String, String> labels) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Void> delete(String idOrName) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<SandboxInfo> start(String idOrName) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<SandboxInfo> stop(String idOrName, boolean force) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Map<String, String>> replaceLabels(String idOrName, Map<String, String> labels) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Void> setAutoStop(String idOrName, Duration idle) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Void> setAutoDelete(String idOrName, Duration stopped) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<Void> touch(String id) {
        throw new UnsupportedOperationException();
    }
}
