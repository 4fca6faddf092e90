/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.platform.Snapshots;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** {@code /snapshots}. */
final class DaytonaSnapshots implements Snapshots {

    private static final Logger log = LoggerFactory.getLogger("io.sandflock.wire");
    private static final Duration LOG_POLL = Duration.ofSeconds(2);
    /** A build is given up by the platform after two hours. */
    private static final Duration LONGEST_BUILD = Duration.ofHours(2);

    private final Http http;
    private final DaytonaSettings settings;

    DaytonaSnapshots(Http http, DaytonaSettings settings) {
        this.http = http;
        this.settings = settings;
    }

    @Override
    public Mono<SnapshotInfo> create(CreateSnapshot request) {
        return Mono.defer(() -> info(call(HttpMethod.POST, "/snapshots")
                .within(settings.times().create())
                .json(Wire.SnapshotCreation.of(request))));
    }

    @Override
    public Mono<SnapshotInfo> get(String idOrName) {
        return info(on(HttpMethod.GET, idOrName, ""));
    }

    /** One page is asked for ahead at most. */
    @Override
    public Flux<SnapshotInfo> list() {
        return Cursor.pages(this::page, DaytonaSnapshots::following)
                .concatMapIterable(page -> Cursor.items(page.items()), 1)
                .map(Wire.Snapshot::toInfo)
                .onErrorMap(Json.GarbledException.class, e -> Cursor.garbled(call(HttpMethod.GET, "/snapshots"), e));
    }

    private Mono<Wire.SnapshotPage> page(String cursor) {
        Call call = call(HttpMethod.GET, "/snapshots").query("page", cursor.isEmpty() ? "1" : cursor, "limit", "200");
        return http.json(call, Wire.SnapshotPage.class, page -> page);
    }

    /** Snapshots are still paged by number. */
    private static @Nullable String following(Wire.SnapshotPage page) {
        int number = Json.required(page.page(), "page");
        boolean last = number >= Json.required(page.totalPages(), "totalPages")
                || Json.required(page.items(), "items").isEmpty();
        return last ? null : Integer.toString(number + 1);
    }

    @Override
    public Mono<Void> delete(String id) {
        return Mono.defer(() -> {
            Call call = on(HttpMethod.DELETE, id, "");
            return http.exchange(call)
                    .flatMap(answer -> answer.isSuccess() || answer.status() == 404
                            ? Mono.empty()
                            : Mono.error(Failures.of(call, answer)));
        });
    }

    @Override
    public Mono<SnapshotInfo> activate(String id) {
        return info(on(HttpMethod.POST, id, "/activate"));
    }

    @Override
    public Flux<String> buildLog(String id) {
        return http.json(on(HttpMethod.GET, id, "/build-logs-url"), Wire.Url.class, Wire.Url::required)
                // 404 until a runner was found for the build.
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, LOG_POLL))
                .flatMapMany(this::logAt)
                .onErrorResume(e -> {
                    log.debug("The log of the build of snapshot {} broke off: {}", id, e.toString());
                    return Flux.empty();
                });
    }

    private Flux<String> logAt(String url) {
        URI base = Urls.trusted(settings.url(), url);
        Call call = Call.of(HttpMethod.GET, base, "", LONGEST_BUILD).query("follow", "true");
        return http.stream(call, LONGEST_BUILD, response -> bytes -> Utf8.decode(bytes));
    }

    private Mono<SnapshotInfo> info(Call call) {
        return http.json(call, Wire.Snapshot.class, Wire.Snapshot::toInfo);
    }

    private Call on(HttpMethod method, String idOrName, String rest) {
        return call(method, "/snapshots/" + Call.segment(idOrName) + rest);
    }

    private Call call(HttpMethod method, String path) {
        return Call.of(method, settings.url(), path, settings.times().answer());
    }
}
