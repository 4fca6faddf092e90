/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.http.Answers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Streams the logs of builds: {@code /snapshots/{id}/build-logs} and {@code /sandboxes/{id}/build-logs}. */
final class BuildLogs {

    private final Gatekeeper gatekeeper;
    private final SnapshotTable snapshots;
    private final SandboxTable sandboxes;
    private final Builds builds;

    BuildLogs(Gatekeeper gatekeeper, SnapshotTable snapshots, SandboxTable sandboxes, Builds builds) {
        this.gatekeeper = gatekeeper;
        this.snapshots = snapshots;
        this.sandboxes = sandboxes;
        this.builds = builds;
    }

    /** The log so far, and with {@code follow=true} what comes until the build ends. */
    Mono<Void> answer(List<String> segments, HttpServerRequest request, HttpServerResponse response) {
        gatekeeper.checkKey(request.requestHeaders());
        if (segments.size() != 3 || !segments.get(2).equals("build-logs")) {
            throw new ApiException(404, "Cannot GET " + request.uri());
        }
        String name = segments.get(0).equals("snapshots")
                ? snapshots.find(segments.get(1)).name()
                : sandboxes.find(segments.get(1)).snapshot;
        Flux<String> log = builds.log(name, request.uri().contains("follow=true"))
                .orElseThrow(() -> new ApiException(404, "there is no build log of " + name));
        return Answers.stream(
                response,
                200,
                "application/octet-stream",
                log.map(text -> text.getBytes(StandardCharsets.UTF_8)).onErrorComplete());
    }
}
