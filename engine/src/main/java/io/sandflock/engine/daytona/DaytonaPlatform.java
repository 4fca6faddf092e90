/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.BuildContexts;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.PlatformInfo;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.Sandboxes;
import io.sandflock.engine.platform.Snapshots;
import io.sandflock.engine.platform.StateEvents;
import io.sandflock.engine.platform.Toolbox;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Daytona v0, or any server that speaks its wire. Thread-safe; owns threads and connections until {@link #closeLater()}.
 *
 * <p>Creates, the rest of the control plane and the toolboxes have pools of their own, so that neither long commands nor creates,
 * which the platform holds for up to half a minute, keep deletions waiting. Each has its budget too: one that is told to slow down pauses
 * no other.
 */
public final class DaytonaPlatform implements Platform {

    /** The SDK whose behaviour is asked for: without it a daemon strips what tells stdout from stderr. */
    static final String SDK_VERSION = "0.190.0";

    static final String SOURCE = "sandflock";

    private final DaytonaSettings settings;
    private final LoopResources loops;
    private final ConnectionProvider createPool;
    private final ConnectionProvider controlPool;
    private final ConnectionProvider toolboxPool;
    private final Http control;
    private final Http anonymous;
    private final Http toolbox;
    private final DaytonaSandboxes sandboxes;
    private final Pacer toolboxCalls;
    private final DaytonaSnapshots snapshots;
    private final ObjectStorage buildContexts;
    private final SocketEvents stateEvents;

    private DaytonaPlatform(DaytonaSettings settings) {
        this.settings = settings;
        // Not colocated: a fan-out that starts on an event loop would else have all its answers on that one.
        this.loops = LoopResources.create(
                "sandflock-http",
                LoopResources.DEFAULT_IO_SELECT_COUNT,
                LoopResources.DEFAULT_IO_WORKER_COUNT,
                true,
                false);
        this.createPool = pool("sandflock-create", settings.connections().create());
        this.controlPool = pool("sandflock-control", settings.connections().control());
        this.toolboxPool = pool("sandflock-toolbox", settings.connections().toolbox());
        HttpClient plain = client(controlPool);
        this.anonymous = new Http(plain);
        this.control = new Http(plain.headers(this::authorize));
        this.toolbox = new Http(client(toolboxPool).headers(this::authorize));
        this.sandboxes = new DaytonaSandboxes(new Http(client(createPool).headers(this::authorize)), control, settings);
        this.toolboxCalls = new Pacer("toolbox", OptionalInt.empty(), Time.system());
        this.snapshots = new DaytonaSnapshots(control, settings);
        this.buildContexts = new ObjectStorage(control, client(toolboxPool), settings, Clock.systemUTC());
        this.stateEvents = new SocketEvents(client(toolboxPool), settings);
    }

    /** A client of the platform. Makes no request and starts no thread. */
    public static DaytonaPlatform create(DaytonaSettings settings) {
        prepare();
        return new DaytonaPlatform(Objects.requireNonNull(settings, "settings"));
    }

    /**
     * The same for a program that somebody waits for: it can make the first call while {@link #prepare()}, which is to be called before any
     * other, is still at work. Blocks, since it loads what connects, and is to be run beside other preparations. A client that is not used
     * leaves nothing but loaded classes.
     */
    public static DaytonaPlatform createAhead(DaytonaSettings settings) {
        DaytonaPlatform platform = new DaytonaPlatform(Objects.requireNonNull(settings, "settings"));
        boolean ignored = LoopResources.hasNativeSupport();
        return platform;
    }

    /** Loads what writes requests and reads answers, once. Blocks. */
    public static void prepare() {
        Json.prepare();
    }

    /** Loads what the first call would otherwise wait for; to be run beside other preparations. Makes no request. */
    public Mono<Void> warmup() {
        return control.client().warmup();
    }

    /** Its threads. */
    LoopResources loops() {
        return loops;
    }

    @Override
    public URI url() {
        return settings.url();
    }

    @Override
    public Mono<PlatformInfo> info() {
        return anonymous.json(
                Call.of(
                        HttpMethod.GET,
                        settings.url(),
                        "/config",
                        settings.times().answer()),
                Wire.Config.class,
                config -> new PlatformInfo(
                        Objects.requireNonNullElse(config.version(), "unknown"),
                        Wire.present(config.defaultSnapshot()),
                        config.rates()));
    }

    @Override
    public Sandboxes sandboxes() {
        return sandboxes;
    }

    @Override
    public Snapshots snapshots() {
        return snapshots;
    }

    @Override
    public BuildContexts buildContexts() {
        return buildContexts;
    }

    @Override
    public StateEvents stateEvents() {
        return stateEvents;
    }

    @Override
    public Toolbox toolbox(SandboxInfo sandbox) {
        String id = Call.segment(sandbox.id());
        Mono<URI> base = Mono.justOrEmpty(sandbox.toolboxUrl())
                .switchIfEmpty(Mono.defer(() -> sandboxes.toolboxUrl(sandbox.id())))
                .map(url -> URI.create(Urls.trusted(settings.url(), url) + "/" + id));
        return new DaytonaToolbox(
                // Asked for once where the description lacks it; a failed request is not remembered.
                new ToolboxHttp(toolbox, base.cacheInvalidateIf(url -> false), sandbox.id(), toolboxCalls, settings));
    }

    @Override
    public Mono<Void> closeLater() {
        return Mono.fromRunnable(stateEvents::close)
                .then(Mono.when(createPool.disposeLater(), controlPool.disposeLater(), toolboxPool.disposeLater()))
                .then(loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)));
    }

    private ConnectionProvider pool(String name, int connections) {
        return ConnectionProvider.builder(name)
                .maxConnections(connections)
                .pendingAcquireMaxCount(settings.connections().pending())
                .pendingAcquireTimeout(settings.times().transfer())
                // Below the 70 s after which the platform's proxy closes an idle connection under a request.
                .maxIdleTime(Duration.ofSeconds(30))
                .evictInBackground(Duration.ofSeconds(15))
                .lifo()
                .build();
    }

    private HttpClient client(ConnectionProvider pool) {
        HttpClient client = HttpClient.create(pool)
                .runOn(loops)
                // All retries are counted in one place, which is not here.
                .disableRetry(true)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(settings.times().connect().toMillis()))
                .headers(headers -> headers.set(HttpHeaderNames.USER_AGENT, SOURCE + "/" + version())
                        .set(HttpHeaderNames.ACCEPT, "*/*"));
        // The default. To say it reads the JVM's trust store: here where TLS is needed, before an event loop would, and
        // else not at all.
        return settings.url().getScheme().equals("https") ? client.protocol(HttpProtocol.HTTP11) : client;
    }

    private void authorize(HttpHeaders headers) {
        authorize(headers, settings);
    }

    static void authorize(HttpHeaders headers, DaytonaSettings settings) {
        headers.set(
                        HttpHeaderNames.AUTHORIZATION,
                        "Bearer " + settings.identity().token().reveal())
                .set("X-Daytona-Source", SOURCE)
                .set("X-Daytona-SDK-Version", SDK_VERSION);
        settings.identity().organizationId().ifPresent(id -> headers.set("X-Daytona-Organization-ID", id));
    }

    private static String version() {
        String version = DaytonaPlatform.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
