/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.channel.ChannelOption;
import io.sandflock.Secret;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyInbound;
import reactor.netty.NettyOutbound;
import reactor.netty.tcp.TcpServer;

/** A server that answers byte for byte what the test says, and remembers what it was asked. */
final class ScriptedServer implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)", Pattern.CASE_INSENSITIVE);

    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final DisposableServer server;

    ScriptedServer(Function<Request, List<Step>> script) {
        this.server = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) -> serve(script, in, out))
                .bindNow(PATIENCE);
    }

    /** The same answer to all. */
    static ScriptedServer always(Step... steps) {
        return new ScriptedServer(request -> List.of(steps));
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.port() + "/api");
    }

    DaytonaSettings settings() {
        return DaytonaSettings.of(Secret.of("key-of-the-test")).withUrl(url());
    }

    SandboxInfo sandbox() {
        return sandbox(Optional.of("http://127.0.0.1:" + server.port() + "/toolbox"));
    }

    static SandboxInfo sandbox(Optional<String> toolboxUrl) {
        return new SandboxInfo(
                "sb-1",
                "name",
                SandboxState.STARTED,
                "started",
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                "us",
                "daytona",
                1,
                1,
                toolboxUrl,
                Optional.empty());
    }

    @Override
    public void close() {
        server.disposeNow(PATIENCE);
    }

    private Mono<Void> serve(Function<Request, List<Step>> script, NettyInbound in, NettyOutbound out) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        return in.receive()
                .asByteArray()
                .concatMap(
                        chunk -> {
                            bytes.writeBytes(chunk);
                            Optional<Request> request = Request.of(bytes.toString(StandardCharsets.ISO_8859_1));
                            request.ifPresent(complete -> {
                                requests.add(complete);
                                bytes.reset();
                            });
                            return request.map(complete -> play(script.apply(complete), in, out))
                                    .orElse(Mono.empty());
                        },
                        1)
                .onErrorResume(e -> Mono.empty())
                .then();
    }

    private static Mono<Void> play(List<Step> steps, NettyInbound in, NettyOutbound out) {
        return Flux.fromIterable(steps).concatMap(step -> step.play(in, out), 1).then();
    }

    /** One thing that the server does. */
    interface Step {
        Mono<Void> play(NettyInbound in, NettyOutbound out);
    }

    /** Text, Latin-1. */
    static Step send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static Step send(byte[] bytes) {
        return (in, out) -> out.sendByteArray(Mono.just(bytes)).then();
    }

    static Step stall() {
        return (in, out) -> Mono.never();
    }

    static Step hangUp() {
        return (in, out) ->
                Mono.fromRunnable(() -> in.withConnection(c -> c.channel().close()));
    }

    /** With a TCP reset. */
    static Step reset() {
        return (in, out) -> Mono.fromRunnable(() -> in.withConnection(c -> {
            c.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            c.channel().close();
        }));
    }

    static Step answer(int status, String body, String... headers) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head =
                new StringBuilder("HTTP/1.1 " + status + " X\r\ncontent-length: " + content.length + "\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        byte[] start = (head + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = new byte[start.length + content.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(content, 0, all, start.length, content.length);
        return send(all);
    }

    static String sandboxJson(String id, String state) {
        return ("{'id':'%s','organizationId':'o','name':'n-%s','user':'daytona','env':{'S':'top-secret'},'labels':{'a':'b'},"
                        + "'public':false,'networkBlockAll':false,'target':'us','cpu':1.5,'gpu':0,'memory':2,'disk':3,"
                        + "'state':'%s','createdAt':'2026-11-23T15:00:00.000Z','toolboxProxyUrl':'http://127.0.0.1:1/toolbox',"
                        + "'somethingNew':{'x':[1]}}")
                .formatted(id, id, state)
                .replace('\'', '"');
    }

    /** @param body in Latin-1, so that each byte is a character */
    record Request(String method, String target, String head, String body) {
        static Optional<Request> of(String text) {
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) {
                return Optional.empty();
            }
            String head = text.substring(0, end);
            Matcher length = LENGTH.matcher(head);
            int size = length.find() ? Integer.parseInt(length.group(1)) : 0;
            String body = text.substring(end + 4);
            String[] line = head.substring(0, head.indexOf("\r\n")).split(" ");
            return body.length() < size ? Optional.empty() : Optional.of(new Request(line[0], line[1], head, body));
        }

        String header(String name) {
            for (String line : head.split("\r\n")) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return "";
        }
    }
}
