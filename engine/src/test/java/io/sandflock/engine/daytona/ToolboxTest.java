/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static io.sandflock.engine.daytona.ControlPlaneTest.failure;
import static io.sandflock.engine.daytona.ScriptedServer.PATIENCE;
import static io.sandflock.engine.daytona.ScriptedServer.answer;
import static io.sandflock.engine.daytona.ScriptedServer.hangUp;
import static io.sandflock.engine.daytona.ScriptedServer.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.LimitExceededException;
import io.sandflock.PermanentException;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.daytona.ControlPlaneTest.Fixture;
import io.sandflock.engine.platform.CommandText;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.platform.Toolbox.Download;
import io.sandflock.engine.platform.Toolbox.ExecuteCall;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class ToolboxTest {

    private static final String TYPE = "content-type: multipart/form-data; boundary=DAYTONA-FILE-BOUNDARY";

    @Test
    void aCommandIsSentWithItsTimeoutRoundedUp() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, "{\"exitCode\":3,\"result\":\"out\\n\"}")))) {
            Toolbox.ExecuteReply reply =
                    toolbox(at).execute(call("echo out; exit 3")).block(PATIENCE);

            assertThat(reply).isEqualTo(new Toolbox.ExecuteReply(3, "out\n"));
            ScriptedServer.Request request = at.server.requests.get(0);
            assertThat(request.target()).isEqualTo("/toolbox/sb-1/process/execute");
            assertThat(request.header("x-daytona-sdk-version")).isEqualTo("0.190.0");
            assertThat(request.body())
                    .isEqualTo(
                            "{\"command\":\"echo out; exit 3\",\"cwd\":\"/tmp\",\"envs\":{\"A\":\"b\"},\"timeout\":2}");
        }
    }

    @Test
    void theServersTimeoutIsToldApartFromAMissingAnswer() {
        try (Fixture at = new Fixture(
                ScriptedServer.always(answer(408, "{\"statusCode\":408,\"message\":\"request timeout\"}")))) {
            SandflockException error = failure(toolbox(at).execute(call("sleep 9")));

            assertThat(error).isInstanceOf(PermanentException.class);
            assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
            assertThat(error.context().sandbox()).isEqualTo("sb-1");
            assertThat(error.getMessage()).doesNotContain("sleep 9");
        }
        try (Fixture at = new Fixture(ScriptedServer.always(ScriptedServer.stall()))) {
            ExecuteCall call = new ExecuteCall(
                    () -> CommandText.of("sleep 9"),
                    Optional.empty(),
                    Map.of(),
                    Optional.empty(),
                    Duration.ofMillis(200));
            assertThat(failure(toolbox(at).execute(call))).isInstanceOf(TransientException.class);
        }
    }

    @Test
    void aSandboxThatIsNotStartedIsUnavailable() {
        try (Fixture at = new Fixture(ScriptedServer.always(
                answer(400, "{\"message\":\"bad request: no IP address found. Is the Sandbox started?\"}")))) {
            assertThat(failure(toolbox(at).execute(call("x")))).isInstanceOf(SandboxUnavailableException.class);
            assertThat(failure(toolbox(at).info("/x"))).isInstanceOf(SandboxUnavailableException.class);
            assertThat(failure(toolbox(at).upload(List.of(upload("/a", "x")))))
                    .isInstanceOf(SandboxUnavailableException.class);
        }
    }

    @Test
    void aMissingAddressIsAskedForOnce() {
        ScriptedServer server = new ScriptedServer(request -> List.of(
                request.target().endsWith("/toolbox-proxy-url")
                        ? answer(200, "{\"url\":\"http://" + request.header("host") + "/proxy/\"}")
                        : answer(200, "{\"dir\":\"/home/daytona\"}")));
        try (Fixture at = new Fixture(server)) {
            Toolbox toolbox = at.platform.toolbox(ScriptedServer.sandbox(Optional.empty()));
            assertThat(toolbox.workDir().block(PATIENCE)).isEqualTo("/home/daytona");
            assertThat(toolbox.userHomeDir().block(PATIENCE)).isEqualTo("/home/daytona");

            assertThat(server.requests)
                    .extracting(ScriptedServer.Request::target)
                    .containsExactly(
                            "/api/sandbox/sb-1/toolbox-proxy-url", "/proxy/sb-1/work-dir", "/proxy/sb-1/user-home-dir");
        }
    }

    @Test
    void theKeyIsNotSentInTheClearWhenTheApiIsNot() {
        assertThatThrownBy(() -> Urls.trusted(DaytonaSettings.DEFAULT_URL, "http://proxy.example/toolbox"))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("in the clear");
    }

    @Test
    void anUploadHasItsExactLengthAndThePathBeforeTheFile() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, "{\"files\":[]}")))) {
            toolbox(at)
                    .upload(List.of(upload("/tmp/ä b", "content"), upload("c", "")))
                    .block(PATIENCE);

            ScriptedServer.Request request = at.server.requests.get(0);
            String boundary = request.header("content-type").replaceAll(".*boundary=", "");
            assertThat(request.header("transfer-encoding")).isEmpty();
            assertThat(request.body().length()).isEqualTo(Integer.parseInt(request.header("content-length")));
            String body = new String(request.body().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            assertThat(body)
                    .containsSubsequence(
                            "name=\"files[0].path\"\r\n\r\n/tmp/ä b\r\n",
                            "name=\"files[0].file\"",
                            "\r\n\r\ncontent\r\n--" + boundary,
                            "name=\"files[1].path\"\r\n\r\nc\r\n",
                            "name=\"files[1].file\"",
                            "\r\n\r\n\r\n--" + boundary + "--\r\n");
        }
    }

    @Test
    void aPartialFailureOfAnUploadNamesThePath() {
        try (Fixture at = new Fixture(
                ScriptedServer.always(
                        answer(
                                400,
                                "{\"errors\":[\"/d: create: open /d: is a directory\",\"/full/x: no space left on device\"],\"files\":[{\"path\":\"/ok\"}]}")))) {
            SandflockException error =
                    failure(toolbox(at).upload(List.of(upload("/ok", "1"), upload("/d", "2"), upload("/full/x", "3"))));

            assertThat(error).isInstanceOfSatisfying(FileException.class, e -> {
                assertThat(e.errno()).isEqualTo(Errno.EISDIR);
                assertThat(e.path()).isEqualTo("/d");
                assertThat(e.getSuppressed()[0]).hasMessageContaining("/full/x: No space left");
            });
        }
    }

    @Test
    void anUploadOfAnotherLengthThanAnnouncedIsMisuse() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, "{}")))) {
            Upload wrong = new Upload("/a", Flux.just(ByteBuffer.wrap(new byte[3])), 4);

            assertThatThrownBy(() -> toolbox(at).upload(List.of(wrong)).block(PATIENCE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("announced with 4 bytes, and 3 came");
        }
    }

    @Test
    void aPathThatTheDaemonWouldTrimIsRefused() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, "{}")))) {
            assertThat(failure(toolbox(at).upload(List.of(upload("/a ", "x"))))).isInstanceOf(FileException.class);
            assertThat(at.server.requests).isEmpty();
        }
    }

    @Test
    void aDownloadGivesEachPathItsContentOrItsError() {
        String body = "--DAYTONA-FILE-BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/a\"\r\n"
                + "Content-Length: 3\r\n\r\nabc\r\n--DAYTONA-FILE-BOUNDARY\r\n"
                + "Content-Disposition: form-data; name=\"error\"; filename=\"/b\"\r\n\r\n"
                + "{\"code\":\"FILE_ACCESS_DENIED\",\"message\":\"no\"}\r\n--DAYTONA-FILE-BOUNDARY--\r\n";
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, body, TYPE)))) {
            List<Download> downloads =
                    toolbox(at).download(List.of("/a", "/b"), 10).collectList().block(PATIENCE);

            assertThat(downloads.get(0).result().block(PATIENCE)).isEqualTo("abc".getBytes(StandardCharsets.UTF_8));
            assertThat(failure(downloads.get(1).result()))
                    .isInstanceOfSatisfying(
                            FileException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EACCES));
            assertThat(at.server.requests.get(0).body()).isEqualTo("{\"paths\":[\"/a\",\"/b\"]}");
        }
    }

    @Test
    void aCutDownloadIsAnError() {
        String part =
                "--DAYTONA-FILE-BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/a\"\r\n\r\nabc";
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, part, TYPE)))) {
            assertThat(failure(toolbox(at).download(List.of("/a"), 10).then()).getMessage())
                    .contains("closing boundary is missing");
        }
        try (Fixture at = new Fixture(ScriptedServer.always(
                send("HTTP/1.1 200 OK\r\n" + TYPE + "\r\ncontent-length: 9999\r\n\r\n" + part), hangUp()))) {
            assertThat(failure(toolbox(at).download(List.of("/a"), 10).then()).code())
                    .isEqualTo(ErrorCode.UNREACHABLE);
        }
    }

    @Test
    void aFileWithoutEndIsGivenUpAtTheLimit() {
        byte[] start = ("HTTP/1.1 200 OK\r\n" + TYPE + "\r\ncontent-length: 99999999999\r\n\r\n"
                        + "--DAYTONA-FILE-BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"/a\"\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        ScriptedServer server = ScriptedServer.always(
                send(start),
                (in, out) -> out.sendByteArray(Flux.range(0, 1_000_000).map(i -> new byte[65_536]))
                        .then());
        try (Fixture at = new Fixture(server)) {
            Download download = toolbox(at).download(List.of("/a"), 100_000).blockLast(PATIENCE);

            assertThat(failure(download.result())).isInstanceOf(LimitExceededException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "info, 404, ENOENT",
        "info, 400, ENOTDIR",
        "info, 403, EACCES",
        "list, 400, ENOTDIR",
        "delete, 400, EISDIR",
        "folder, 400, ENOTDIR",
        "permissions, 400, EINVAL"
    })
    void anEmptyBodyIsClassifiedByItsStatus(String verb, int status, Errno errno) {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(status, "")))) {
            Mono<?> call = switch (verb) {
                case "info" -> toolbox(at).info("/p");
                case "list" -> toolbox(at).list("/p").then();
                case "delete" -> toolbox(at).delete("/p", false);
                case "folder" -> toolbox(at).createFolder("/p", "0755");
                default -> toolbox(at).setPermissions("/p", Optional.of("0700"), Optional.empty(), Optional.empty());
            };

            assertThat(failure(call)).isInstanceOfSatisfying(FileException.class, e -> {
                assertThat(e.errno()).isEqualTo(errno);
                assertThat(e.path()).isEqualTo("/p");
            });
        }
    }

    @Test
    void aNewerDaemonsTextWinsOverTheStatus() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(
                400, "{\"code\":\"BAD_REQUEST\",\"message\":\"stat /a/b: too many levels of symbolic links\"}")))) {
            assertThat(failure(toolbox(at).info("/a/b")))
                    .isInstanceOfSatisfying(
                            FileException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ELOOP));
        }
    }

    @Test
    void filesAreDescribed() {
        String info = "{'name':'x','size':5000000000,'mode':'-rw-r--r--','modTime':'2026 +0000','modifiedAt':"
                + "'2026-11-23T15:00:00+01:00','isDir':false,'owner':'1000','group':'1000','permissions':'0644'}";
        ScriptedServer server = new ScriptedServer(request -> List.of(
                answer(200, (request.target().contains("/info") ? info : "[" + info + "]").replace('\'', '"'))));
        try (Fixture at = new Fixture(server)) {
            assertThat(toolbox(at).info("/a b").block(PATIENCE).size()).isEqualTo(5_000_000_000L);
            assertThat(toolbox(at).list("/").collectList().block(PATIENCE)).hasSize(1);
            assertThat(server.requests.get(0).target()).isEqualTo("/toolbox/sb-1/files/info?path=%2Fa%20b");
        }
    }

    @Test
    void aSessionThatIsNotThereIsDeleted() {
        try (Fixture at = new Fixture(ScriptedServer.always(
                answer(500, "{\"message\":\"failed to delete: not found: session not found\"}")))) {
            assertThat(toolbox(at).deleteSession("s").block(PATIENCE)).isNull();
            assertThat(failure(toolbox(at).executeAsync("s", "x")).code()).isEqualTo(ErrorCode.NOT_FOUND);
        }
    }

    @Test
    void aRunningCommandHasNoExitCode() {
        ScriptedServer server = new ScriptedServer(request -> List.of(
                request.target().contains("/exec")
                        ? answer(202, "{\"cmdId\":\"c1\"}")
                        : request.target().endsWith("/input")
                                ? answer(204, "")
                                : answer(200, "{\"id\":\"c1\",\"command\":\"x\"}")));
        try (Fixture at = new Fixture(server)) {
            assertThat(toolbox(at).executeAsync("s", "x").block(PATIENCE)).isEqualTo("c1");
            assertThat(toolbox(at).sessionCommand("s", "c1").block(PATIENCE).exitCode())
                    .isEmpty();
            toolbox(at).sendInput("s", "c1", "hi").block(PATIENCE);
            assertThat(server.requests.get(0).body())
                    .contains("\"runAsync\":true")
                    .contains("\"suppressInputEcho\":true");
            assertThat(server.requests.get(2).body()).isEqualTo("{\"data\":\"hi\"}");
        }
    }

    private static Toolbox toolbox(Fixture at) {
        return at.platform.toolbox(at.server.sandbox());
    }

    private static ExecuteCall call(String command) {
        return new ExecuteCall(
                () -> CommandText.of(command),
                Optional.of("/tmp"),
                Map.of("A", "b"),
                Optional.of(Duration.ofMillis(1_500)),
                Duration.ofSeconds(20));
    }

    private static Upload upload(String path, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return new Upload(path, Flux.just(ByteBuffer.wrap(bytes)), bytes.length);
    }
}
