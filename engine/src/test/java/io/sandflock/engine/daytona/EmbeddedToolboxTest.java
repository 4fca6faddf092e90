/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static io.sandflock.engine.daytona.ControlPlaneTest.failure;
import static io.sandflock.engine.daytona.ScriptedServer.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ErrorCode;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.PermanentException;
import io.sandflock.SandflockException;
import io.sandflock.Secret;
import io.sandflock.engine.local.toolbox.ProcessMachine;
import io.sandflock.engine.local.toolbox.ToolboxRoutes;
import io.sandflock.engine.platform.CommandText;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.platform.Toolbox.Download;
import io.sandflock.engine.platform.Toolbox.ExecuteCall;
import io.sandflock.engine.platform.Toolbox.LogChunk;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The client against the embedded toolbox, with real processes: each side was written from the protocol alone. */
class EmbeddedToolboxTest {

    private static final String PREFIX = "/toolbox/sb-1";

    @TempDir
    Path folder;

    private final ToolboxRoutes routes = new ToolboxRoutes();
    private DisposableServer server;
    private DaytonaPlatform platform;
    private Toolbox toolbox;

    @BeforeEach
    void start() {
        ProcessMachine machine = new ProcessMachine(folder, "/bin/bash");
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> routes.handle(
                        "sb-1",
                        machine,
                        request.uri().replaceFirst("\\?.*", "").substring(PREFIX.length()),
                        request,
                        response))
                .bindNow(PATIENCE);
        String origin = "http://127.0.0.1:" + server.port();
        platform = DaytonaPlatform.create(DaytonaSettings.of(Secret.of("key")).withUrl(URI.create(origin + "/api")));
        toolbox = platform.toolbox(ScriptedServer.sandbox(Optional.of(origin + "/toolbox")));
    }

    @AfterEach
    void stop() {
        routes.forget("sb-1").block(PATIENCE);
        platform.closeLater().block(PATIENCE);
        server.disposeNow(PATIENCE);
    }

    @Test
    void aCommandRunsAndATimeoutIsTheServers() {
        assertThat(toolbox.execute(call("echo out; echo err >&2; exit 3", 20)).block(PATIENCE))
                .isEqualTo(new Toolbox.ExecuteReply(3, "out\nerr\n"));

        SandflockException late = failure(toolbox.execute(call("sleep 20", 1)));
        assertThat(late).isInstanceOf(PermanentException.class);
        assertThat(late.code()).isEqualTo(ErrorCode.TIMEOUT);
    }

    @Test
    void filesGoThereAndBackByteForByte() {
        byte[] bytes = new byte[3_000_000];
        new Random(42).nextBytes(bytes);
        String big = folder.resolve("deep/er/big ü.bin").toString();
        Flux<ByteBuffer> chunks = Flux.range(0, 30).map(i -> ByteBuffer.wrap(bytes, i * 100_000, 100_000));
        toolbox.upload(List.of(new Upload(big, chunks, bytes.length), upload("small.txt", "x")))
                .block(PATIENCE);

        List<Download> downloads = toolbox.download(List.of(big, "/no/such", "small.txt"), bytes.length)
                .collectList()
                .block(PATIENCE);
        assertThat(downloads).extracting(Download::path).containsExactly(big, "/no/such", "small.txt");
        assertThat(downloads.get(0).result().block(PATIENCE)).isEqualTo(bytes);
        assertThat(failure(downloads.get(1).result()))
                .isInstanceOfSatisfying(
                        FileException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        assertThat(downloads.get(2).result().block(PATIENCE)).isEqualTo(new byte[] {'x'});
        assertThat(failure(toolbox.download(List.of(big), 1000).next().flatMap(Download::result))
                        .code())
                .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        assertThat(toolbox.info(big).block(PATIENCE).size()).isEqualTo(bytes.length);
    }

    @Test
    void fileErrorsAreThoseOfPosix() {
        toolbox.createFolder("d/e", "0755").block(PATIENCE);
        toolbox.createFolder("d/e", "0755").block(PATIENCE);
        toolbox.upload(List.of(upload("f", "1"))).block(PATIENCE);

        assertThat(errno(failure(toolbox.info("missing")))).isEqualTo(Errno.ENOENT);
        assertThat(errno(failure(toolbox.info("f/x")))).isEqualTo(Errno.ENOTDIR);
        assertThat(errno(failure(toolbox.list("f").then()))).isEqualTo(Errno.ENOTDIR);
        assertThat(errno(failure(toolbox.delete("d", false)))).isEqualTo(Errno.EISDIR);
        assertThat(errno(failure(toolbox.upload(List.of(upload("ok", "1"), upload("d", "2"))))))
                .isEqualTo(Errno.EISDIR);
        toolbox.setPermissions("f", Optional.of("0600"), Optional.empty(), Optional.empty())
                .block(PATIENCE);
        assertThat(toolbox.info("f").block(PATIENCE).permissions()).isEqualTo("0600");
        toolbox.delete("d", true).block(PATIENCE);
        assertThat(toolbox.list(".").map(Toolbox.FileInfo::name).collectList().block(PATIENCE))
                .containsExactlyInAnyOrder("f", "ok");
        assertThat(toolbox.workDir().block(PATIENCE)).isEqualTo(folder.toString());
        assertThat(toolbox.version().block(PATIENCE)).isNotBlank();
    }

    @Test
    void aSessionsLogIsFollowedStreamByStream() {
        toolbox.createSession("s").block(PATIENCE);
        assertThat(failure(toolbox.createSession("s")).code()).isEqualTo(ErrorCode.CONFLICT);
        String command = toolbox.executeAsync("s", "( read line; echo \"got $line\"; echo oops >&2; exit 4 )")
                .block(PATIENCE);
        assertThat(toolbox.sessionCommand("s", command).block(PATIENCE).exitCode())
                .isEmpty();
        toolbox.sendInput("s", command, "hi").block(PATIENCE);

        List<LogChunk> log = toolbox.followLog("s", command).collectList().block(PATIENCE);

        assertThat(text(log, false)).isEqualTo("got hi\n");
        assertThat(text(log, true)).isEqualTo("oops\n");
        assertThat(toolbox.sessionCommand("s", command).block(PATIENCE).exitCode())
                .hasValue(4);
        toolbox.deleteSession("s").block(PATIENCE);
        toolbox.deleteSession("s").block(PATIENCE);
    }

    private static Errno errno(SandflockException error) {
        assertThat(error).isInstanceOf(FileException.class);
        return ((FileException) error).errno();
    }

    private static ExecuteCall call(String command, int seconds) {
        return new ExecuteCall(
                () -> CommandText.of(command),
                Optional.empty(),
                Map.of(),
                Optional.of(Duration.ofSeconds(seconds)),
                Duration.ofSeconds(25));
    }

    private static Upload upload(String path, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return new Upload(path, Flux.just(ByteBuffer.wrap(bytes)), bytes.length);
    }

    private static String text(List<LogChunk> chunks, boolean stderr) {
        return chunks.stream()
                .filter(chunk -> chunk.stderr() == stderr)
                .map(chunk -> new String(chunk.bytes(), StandardCharsets.UTF_8))
                .collect(Collectors.joining());
    }
}
