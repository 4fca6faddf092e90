/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyInbound;
import reactor.netty.NettyOutbound;
import reactor.netty.tcp.TcpServer;

/** Processes of an engine whose frames come in an order that is rare, and allowed: each output is copied by itself. */
class ExecsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int FRAME = 32 << 10;
    private static final int FRAMES = 64;

    @TempDir
    Path folder;

    private DisposableServer server;
    private EngineClient engine;

    @BeforeEach
    void serve() {
        Path socket = folder.resolve("engine.sock");
        server = TcpServer.create()
                .bindAddress(() -> new DomainSocketAddress(socket.toString()))
                .handle(ExecsTest::answer)
                .bindNow(LONG);
        engine = new EngineClient(socket);
    }

    @AfterEach
    void close() {
        engine.closeLater().block(LONG);
        server.disposeNow(LONG);
    }

    /** A request's lines, and then the word that the entry script reads. */
    private static Mono<Void> answer(NettyInbound in, NettyOutbound out) {
        StringBuilder read = new StringBuilder();
        return in.receive()
                .asString(StandardCharsets.US_ASCII)
                .doOnNext(read::append)
                .concatMap(text -> next(read, out), 1)
                .then();
    }

    private static Mono<Void> next(StringBuilder read, NettyOutbound out) {
        String text = read.toString();
        if (text.startsWith("POST /containers/box/exec ") && text.endsWith("}")) {
            read.setLength(0);
            return send(
                    out,
                    "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"Id\":\"e\"}");
        }
        if (text.startsWith("POST /exec/e/start ") && text.endsWith("}")) {
            read.setLength(0);
            return send(out, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
        }
        if (text.endsWith("\n") && !text.startsWith("POST")) {
            read.setLength(0);
            return process(out, text.strip());
        }
        return Mono.empty();
    }

    /** Much output before it is known that the command began. */
    private static Mono<Void> process(NettyOutbound out, String word) {
        Flux<byte[]> frames = Flux.range(0, FRAMES)
                .map(number -> frame(1, new byte[FRAME]))
                .concatWith(Flux.just(
                        frame(2, (word + "+7\n").getBytes(StandardCharsets.US_ASCII)),
                        frame(2, (word + "=3\n").getBytes(StandardCharsets.US_ASCII)),
                        frame(1, (word + "$\n").getBytes(StandardCharsets.US_ASCII)),
                        frame(2, (word + "$\n").getBytes(StandardCharsets.US_ASCII))));
        return out.sendByteArray(frames).then();
    }

    private static byte[] frame(int stream, byte[] content) {
        return ByteBuffer.allocate(8 + content.length)
                .put(0, (byte) stream)
                .putInt(4, content.length)
                .put(8, content)
                .array();
    }

    private static Mono<Void> send(NettyOutbound out, String text) {
        return out.sendByteArray(Mono.just(text.getBytes(StandardCharsets.US_ASCII)))
                .then();
    }

    @Test
    void aProcessBeganThoughWhatItPrintedCameBeforeTheNewsOfIt() {
        MachineProcess process = new Execs(engine, "box")
                .spawn(new ProcessSpec(List.of("/bin/flood"), Optional.empty(), Map.of(), false), "/")
                .block(LONG);
        assertThat(process).isNotNull();
        assertThat(process.stdout()
                        .map(ByteBuffer::remaining)
                        .reduce(0, Integer::sum)
                        .block(LONG))
                .isEqualTo(FRAMES * FRAME);
        assertThat(process.stderr().count().block(LONG)).isZero();
        assertThat(process.exit().block(LONG)).isEqualTo(3);
    }
}
