/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import io.sandflock.Connection;
import io.sandflock.Environment;
import io.sandflock.ErrorContext;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileStat;
import io.sandflock.SandboxUnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Answers every command with its own name, as long as its sandbox is started. */
public record FakeEnvironment(String name, String sandboxId, FakePlatform platform) implements Environment {

    @Override
    public Mono<ExecResult> exec(ExecRequest request) {
        return Mono.defer(() -> platform.isStarted(sandboxId)
                ? Mono.just(new ExecResult(0, output(request.argv().get(0)), ExecResult.Output.EMPTY, Duration.ZERO))
                : Mono.error(new SandboxUnavailableException(
                        "error", "the sandbox is gone", ErrorContext.NONE.withSandbox(sandboxId), null)));
    }

    private static ExecResult.Output output(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new ExecResult.Output(bytes, bytes.length);
    }

    @Override
    public Flux<ExecEvent> execStream(ExecRequest request) {
        return Flux.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<byte[]> readFile(String path, long limit) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<Void> writeFiles(Map<String, FileContent> files) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Flux<java.nio.ByteBuffer> readStream(String path) {
        return Flux.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<Void> download(String path, java.nio.file.Path target, long limit) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<Void> append(String path, FileContent content) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<FileStat> stat(String path) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<List<FileStat>> list(String path) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<Void> delete(String path, boolean recursive) {
        return Mono.error(new UnsupportedOperationException());
    }

    @Override
    public Mono<Connection> connection() {
        return Mono.error(new UnsupportedOperationException());
    }
}
