/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.http.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Mono;

/** Makes, starts, stops and removes containers, so many at a time. */
final class Containers {

    /** The instance that something of the engine's belongs to. */
    static final String INSTANCE = "io.sandflock.instance";

    static final String SANDBOX = "io.sandflock.sandbox";

    private static final int AT_ONCE = 8;
    private static final long CPU_PERIOD = 100_000;
    private static final int LONGEST_HOST_NAME = 63;

    private final EngineClient engine;
    private final DockerOptions options;
    private final String instance;
    private final boolean init;
    private final Turns turns = new Turns(AT_ONCE);

    Containers(EngineClient engine, DockerOptions options, String instance, boolean init) {
        this.engine = engine;
        this.options = options;
        this.instance = instance;
        this.init = init;
    }

    /** Makes a container, which is not started yet; its id. */
    Mono<String> create(MachineSpec spec, Image image, String network) {
        ObjectNode body = body(spec, image, network);
        return turns.take(engine.call(
                        HttpMethod.POST, "/containers/create?name=" + name(spec.id()), body, EngineClient.PATIENCE))
                .map(answer -> answer.path("Id").asText());
    }

    /** The name of a sandbox's container. */
    static String name(String sandbox) {
        return "sandflock-" + sandbox;
    }

    Mono<Void> start(String container) {
        return turns.take(engine.call(HttpMethod.POST, "/containers/" + container + "/start"))
                .then();
    }

    /** Kills all its processes; its files stay. */
    Mono<Void> stop(String container) {
        return turns.take(engine.call(HttpMethod.POST, "/containers/" + container + "/stop?t=1"))
                .then();
    }

    /** What its first process ended with. */
    Mono<Integer> exitCode(String container) {
        return engine.call(HttpMethod.GET, "/containers/" + container + "/json")
                .map(answer -> answer.at("/State/ExitCode").asInt());
    }

    /** Removes it with its own volumes, in whatever state it is; completes when it is gone. */
    Mono<Void> remove(String idOrName) {
        Mono<Void> gone = engine.call(HttpMethod.DELETE, "/containers/" + idOrName + "?force=true&v=true")
                .then()
                .onErrorResume(EngineException.class, e -> switch (e.status()) {
                    case 404 -> Mono.empty();
                    // Somebody is removing it already.
                    case 409 ->
                        engine.call(HttpMethod.POST, "/containers/" + idOrName + "/wait?condition=removed")
                                .then()
                                .onErrorResume(
                                        EngineException.class, w -> w.status() == 404 ? Mono.empty() : Mono.error(w));
                    default -> Mono.error(e);
                });
        return turns.take(gone);
    }

    private ObjectNode body(MachineSpec spec, Image image, String network) {
        ObjectNode body = Json.object()
                .put("Image", image.id())
                .put("Hostname", hostname(spec.id()))
                .put("AttachStdin", false)
                .put("AttachStdout", false)
                .put("AttachStderr", false)
                .put("Tty", false);
        ArrayNode env = body.putArray("Env");
        env.add("DAYTONA_SANDBOX_ID=" + spec.id());
        env.add("DAYTONA_SANDBOX_SNAPSHOT=" + spec.snapshot());
        env.add("DAYTONA_SANDBOX_USER=" + spec.user());
        spec.env().forEach((name, value) -> env.add(name + "=" + value));
        body.putObject("Labels").put(INSTANCE, instance).put(SANDBOX, spec.id());
        body.putArray("Entrypoint");
        EntryScript.hold(image.entrypoint()).forEach(body.putArray("Cmd")::add);
        body.putObject("Healthcheck").putArray("Test").add("NONE");
        boolean daemon = options.mayHoldDaemon(spec.snapshot());
        body.set("HostConfig", host(spec, daemon, network));
        return body;
    }

    private ObjectNode host(MachineSpec spec, boolean daemon, String network) {
        ObjectNode host = Json.object()
                .put("NetworkMode", spec.networkBlockAll() ? "none" : network)
                .put("Privileged", daemon)
                .put("PidsLimit", options.processLimit())
                .put("AutoRemove", false);
        if (daemon) {
            // Overlay on overlay does not work: the daemon's own files need another file system.
            // Nameless, so that it goes with its container.
            ObjectNode volume = host.putArray("Mounts").addObject();
            volume.put("Type", "volume").put("Target", "/var/lib/docker");
            volume.putObject("VolumeOptions").putObject("Labels").put(INSTANCE, instance);
        }
        if (init) {
            host.put("Init", true);
        }
        if (spec.cpu() > 0) {
            // A quota rather than a number of processors, which the engine refuses when the host has fewer.
            host.put("CpuPeriod", CPU_PERIOD).put("CpuQuota", Math.round(spec.cpu() * CPU_PERIOD));
        }
        if (spec.memoryGib() > 0) {
            long bytes = Math.round(spec.memoryGib() * (1L << 30));
            host.put("Memory", bytes).put("MemorySwap", bytes);
        }
        ObjectNode log = host.putObject("LogConfig").put("Type", "json-file");
        log.putObject("Config").put("max-size", "1m").put("max-file", "1");
        return host;
    }

    private static String hostname(String id) {
        return id.length() > LONGEST_HOST_NAME ? id.substring(0, LONGEST_HOST_NAME) : id;
    }

    /** A value for a query. */
    static String query(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
