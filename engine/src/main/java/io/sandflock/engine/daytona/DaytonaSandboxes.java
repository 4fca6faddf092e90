/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.RateReading.Budget;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Sandboxes;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code /sandbox}. */
final class DaytonaSandboxes implements Sandboxes {

    private static final String PAGE = "200";

    private final Http creates;
    private final Http http;
    private final DaytonaSettings settings;
    /** Creates and deletes are paced by those who ask for them: the journal is between one's turn and the call. */
    private final Pacer lists = new Pacer("list", Budget.LISTING, OptionalInt.empty(), Time.system());

    private final Pacer looks = new Pacer("general", Budget.GENERAL, OptionalInt.empty(), Time.system());

    DaytonaSandboxes(Http creates, Http http, DaytonaSettings settings) {
        this.creates = creates;
        this.http = http;
        this.settings = settings;
    }

    @Override
    public Mono<SandboxInfo> create(CreateSandbox request) {
        return Mono.defer(() -> creates.json(
                call(HttpMethod.POST, "/sandbox")
                        .within(settings.times().create())
                        .json(Wire.SandboxCreation.of(request, settings.target()))
                        .forSandbox(request.name()),
                Wire.Sandbox.class,
                created -> created.toInfo().sharing(request)));
    }

    @Override
    public Mono<SandboxInfo> get(String idOrName) {
        return looks.pace(info(on(HttpMethod.GET, idOrName, "")));
    }

    /** One page is asked for ahead at most. */
    @Override
    public Flux<SandboxInfo> list(Map<String, String> labels) {
        return list(labels, Set.of());
    }

    @Override
    public Flux<SandboxInfo> list(Map<String, String> labels, Set<SandboxState> states) {
        return Cursor.pages(cursor -> page(labels, states, cursor), Wire.SandboxPage::nextCursor)
                .concatMapIterable(page -> Cursor.items(page.items()), 1)
                .map(Wire.Sandbox::toInfo)
                .onErrorMap(Json.GarbledException.class, e -> Cursor.garbled(call(HttpMethod.GET, "/sandbox"), e));
    }

    private Mono<Wire.SandboxPage> page(Map<String, String> labels, Set<SandboxState> states, String cursor) {
        // By creation: the default order, by last activity, moves while it is paged through.
        Call call = call(HttpMethod.GET, "/sandbox");
        String filter = new String(Json.encode(labels), java.nio.charset.StandardCharsets.UTF_8);
        List<String> query = new java.util.ArrayList<>(List.of("limit", PAGE, "sort", "createdAt", "order", "asc"));
        if (!labels.isEmpty()) {
            query.addAll(List.of("labels", filter));
        }
        states.stream().map(SandboxState::wire).sorted().forEach(state -> query.addAll(List.of("states", state)));
        if (!cursor.isEmpty()) {
            query.addAll(List.of("cursor", cursor));
        }
        return lists.pace(http.json(call.query(query.toArray(String[]::new)), Wire.SandboxPage.class, page -> page));
    }

    @Override
    public Mono<Void> delete(String idOrName) {
        return Mono.defer(() -> {
            Call call = on(HttpMethod.DELETE, idOrName, "");
            return http.exchange(call)
                    .flatMap(answer -> answer.isSuccess() || answer.status() == 404
                            ? Mono.empty()
                            : Mono.error(Failures.of(call, answer)));
        });
    }

    @Override
    public Mono<SandboxInfo> start(String idOrName) {
        return info(
                on(HttpMethod.POST, idOrName, "/start").within(settings.times().create()));
    }

    @Override
    public Mono<SandboxInfo> stop(String idOrName, boolean force) {
        Call call = on(HttpMethod.POST, idOrName, "/stop");
        return info(force ? call.query("force", "true") : call);
    }

    @Override
    public Mono<Map<String, String>> replaceLabels(String idOrName, Map<String, String> labels) {
        return Mono.defer(() -> http.json(
                on(HttpMethod.PUT, idOrName, "/labels").json(Map.of("labels", labels)),
                Wire.Labels.class,
                Wire.Labels::toMap));
    }

    @Override
    public Mono<Void> setAutoStop(String idOrName, Duration idle) {
        long minutes = ceiling(idle, Duration.ofMinutes(1));
        return http.success(on(HttpMethod.POST, idOrName, "/autostop/" + minutes))
                .then();
    }

    @Override
    public Mono<Void> setAutoDelete(String idOrName, Duration stopped) {
        long minutes = ceiling(stopped, Duration.ofMinutes(1));
        return http.success(on(HttpMethod.POST, idOrName, "/autodelete/" + minutes))
                .then();
    }

    @Override
    public Mono<Void> touch(String id) {
        return http.success(on(HttpMethod.POST, id, "/last-activity")).then();
    }

    @Override
    public Mono<SshAccess> sshAccess(String idOrName, Duration validFor) {
        String minutes = Long.toString(Math.max(1, ceiling(validFor, Duration.ofMinutes(1))));
        return http.json(
                on(HttpMethod.POST, idOrName, "/ssh-access").query("expiresInMinutes", minutes),
                Wire.Ssh.class,
                Wire.Ssh::toAccess);
    }

    /** The base of a sandbox's toolbox, where the sandbox's description lacks it. */
    Mono<String> toolboxUrl(String id) {
        return http.json(on(HttpMethod.GET, id, "/toolbox-proxy-url"), Wire.Url.class, Wire.Url::required);
    }

    static long ceiling(Duration duration, Duration unit) {
        return Math.floorDiv(duration.toMillis() + unit.toMillis() - 1, unit.toMillis());
    }

    private Mono<SandboxInfo> info(Call call) {
        return http.json(call, Wire.Sandbox.class, Wire.Sandbox::toInfo);
    }

    private Call on(HttpMethod method, String idOrName, String rest) {
        return call(method, "/sandbox/" + Call.segment(idOrName) + rest).forSandbox(idOrName);
    }

    private Call call(HttpMethod method, String path) {
        URI base = settings.url();
        return Call.of(method, base, path, settings.times().answer());
    }
}
