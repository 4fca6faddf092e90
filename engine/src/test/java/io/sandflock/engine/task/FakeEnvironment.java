/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Connection;
import io.sandflock.Environment;
import io.sandflock.ErrorContext;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileStat;
import io.sandflock.LimitExceededException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An environment that keeps what it is given and answers from a list. Counts requests as a platform would. */
final class FakeEnvironment implements Environment {

    final List<String> requests = new ArrayList<>();
    final List<ExecRequest> executions = new ArrayList<>();
    final Map<String, String> files = new TreeMap<>();
    private final Deque<Mono<ExecResult>> answers = new ArrayDeque<>();
    private final String name;

    FakeEnvironment(String name) {
        this.name = name;
    }

    FakeEnvironment answer(int exitCode, String stdout, String stderr) {
        return answer(Mono.just(result(exitCode, stdout, stderr)));
    }

    FakeEnvironment answer(Mono<ExecResult> answer) {
        answers.add(answer);
        return this;
    }

    static ExecResult result(int exitCode, String stdout, String stderr) {
        return new ExecResult(exitCode, output(stdout), output(stderr), Duration.ofMillis(5));
    }

    private static ExecResult.Output output(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new ExecResult.Output(bytes, bytes.length);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Mono<ExecResult> exec(ExecRequest request) {
        return Mono.defer(() -> {
            requests.add("exec");
            executions.add(request);
            return answers.remove();
        });
    }

    @Override
    public Flux<ExecEvent> execStream(ExecRequest request) {
        return Flux.error(new UnsupportedOperationException("not used by a task"));
    }

    @Override
    public Mono<byte[]> readFile(String path, long limit) {
        return Mono.defer(() -> {
            requests.add("read");
            String content = files.get(path);
            if (content == null) {
                return Mono.error(new FileException(FileException.Errno.ENOENT, path, ErrorContext.NONE));
            }
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            return bytes.length > limit
                    ? Mono.error(new LimitExceededException(path, limit, bytes.length, ErrorContext.NONE))
                    : Mono.just(bytes);
        });
    }

    @Override
    public Mono<Void> writeFiles(Map<String, FileContent> contents) {
        return Mono.fromRunnable(() -> {
            requests.add("upload");
            contents.forEach((path, content) -> files.put(path, text(content)));
        });
    }

    private static String text(FileContent content) {
        return content instanceof FileContent.Bytes bytes
                ? new String(bytes.bytes(), StandardCharsets.UTF_8)
                : "local " + ((FileContent.Local) content).path();
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
        return Mono.fromRunnable(() -> {
            requests.add("append");
            files.merge(path, text(content), String::concat);
        });
    }

    @Override
    public Mono<FileStat> stat(String path) {
        return Mono.defer(() -> {
            requests.add("stat");
            return files.containsKey(path) ? Mono.just(file(path)) : missing(path);
        });
    }

    /** Files right below a folder; there are no folders but those that files are in. */
    @Override
    public Mono<List<FileStat>> list(String path) {
        return Mono.defer(() -> {
            requests.add("list");
            List<String> below = files.keySet().stream()
                    .filter(file -> file.startsWith(path + "/"))
                    .toList();
            return below.isEmpty()
                    ? missing(path)
                    : Mono.just(below.stream()
                            .filter(file -> file.indexOf('/', path.length() + 1) < 0)
                            .map(this::file)
                            .toList());
        });
    }

    @Override
    public Mono<Void> delete(String path, boolean recursive) {
        return Mono.defer(() -> {
            requests.add("delete");
            boolean removed = recursive
                    ? files.keySet().removeIf(file -> file.equals(path) || file.startsWith(path + "/"))
                    : files.remove(path) != null;
            return removed ? Mono.empty() : missing(path);
        });
    }

    private FileStat file(String path) {
        return new FileStat(
                path.substring(path.lastIndexOf('/') + 1),
                FileStat.Type.FILE,
                files.get(path).getBytes(StandardCharsets.UTF_8).length,
                0644,
                0,
                0,
                Instant.EPOCH);
    }

    private static <T> Mono<T> missing(String path) {
        return Mono.error(new FileException(FileException.Errno.ENOENT, path, ErrorContext.NONE));
    }

    @Override
    public Mono<Connection> connection() {
        return Mono.error(new UnsupportedOperationException("not used by a task"));
    }
}
