/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.engine.local.toolbox.ToolboxClient.Answer;
import io.sandflock.engine.local.toolbox.ToolboxClient.Followed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * The 26 behaviours that were observed on Daytona's own daemon, against any toolbox: the subclass says where. Leaves nothing behind in the
 * sandbox but a folder below {@code /tmp}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class ToolboxContractTest {

    private static final String BOUNDARY = "----sandflock-contract";

    private ToolboxClient toolbox;
    private String folder;

    /** The toolbox of one running sandbox, whose shell is {@code bash}: base URL with the sandbox's id, and the key. */
    protected abstract ToolboxClient connect();

    @BeforeAll
    void begin() {
        toolbox = connect();
        folder = "/tmp/sandflock-contract-" + UUID.randomUUID();
        assertThat(toolbox.post("/files/folder?path=" + folder + "&mode=0755").status())
                .isEqualTo(201);
    }

    protected final ToolboxClient toolbox() {
        return toolbox;
    }

    protected final String folder() {
        return folder;
    }

    // ---- execute

    @Test
    void g01BothStreamsComeMergedWithTheExitCode() {
        assertThat(toolbox.execute("echo out; echo err >&2; exit 3").json())
                .isEqualTo(json(Map.of("exitCode", 3, "result", "out\nerr\n")));
    }

    @Test
    void g02AProgramThatReadsStandardInputEatsTheRestOfTheScript() {
        assertThat(toolbox.execute("cat\necho x").json().get("result").textValue())
                .isEqualTo("echo x");
    }

    @Test
    void g03AProgramWithItsOwnInputDoesNot() {
        assertThat(toolbox.execute("cat </dev/null; echo x")
                        .json()
                        .get("result")
                        .textValue())
                .isEqualTo("x\n");
    }

    @Test
    void g04ATimeoutIsA408AndTheOutputIsLost() {
        Answer answer = toolbox.post("/process/execute", Map.of("command", "echo early; sleep 50", "timeout", 1));

        assertThat(answer.status()).isEqualTo(408);
        assertThat(answer.json().get("code").textValue()).isEqualTo("REQUEST_TIMEOUT");
        assertThat(answer.json().get("message").textValue()).isEqualTo("request timeout: command execution timeout");
        assertThat(answer.text()).doesNotContain("early");
    }

    @Test
    void g05AMissingWorkingDirectoryIsAnExitCodeAndAMisleadingText() {
        Answer answer = toolbox.post("/process/execute", Map.of("command", "true", "cwd", "/nope"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("exitCode").intValue()).isEqualTo(-1);
        assertThat(answer.json().get("result").textValue()).matches("fork/exec /\\S*sh: no such file or directory");
    }

    @Test
    void g06TheShellsOwnDeathIsMinusOneAndAChildsIsNot() {
        assertThat(exitCode("kill -9 $$")).isEqualTo(-1);
        assertThat(exitCode("sh -c 'kill -9 $$'")).isEqualTo(137);
        assertThat(exitCode("exit 137")).isEqualTo(137);
    }

    @Test
    void g07WhatIsNotACommandIsA400ThatSaysWhy() {
        for (Object body : List.of(
                Map.of("command", "  "),
                Map.of(),
                Map.of("command", "true", "envs", Map.of("a b", "x")),
                Map.of("command", "true", "timeout", "5"),
                Map.of("command", "true", "timeout", -1),
                Map.of("command", "true", "timeout", 1.5))) {
            Answer answer = toolbox.post("/process/execute", body);
            assertThat(answer.status()).as("%s", body).isEqualTo(400);
            assertThat(answer.json().properties())
                    .extracting(Map.Entry::getKey)
                    .contains("statusCode", "message", "code", "timestamp", "path", "method");
        }
    }

    @Test
    void g08BytesThatAreNotUtf8AreReplacedAndNulIsKept() {
        assertThat(toolbox.execute("printf '\\377\\000a'").json().get("result").textValue())
                .isEqualTo("\ufffd\0a");
    }

    @Test
    void g09ABackgroundChildWithThePipeDelaysTheAnswer() {
        long begin = System.nanoTime();
        assertThat(toolbox.execute("sleep 3 &").status()).isEqualTo(200);
        assertThat(System.nanoTime() - begin).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(2900));

        // Without the pipe the answer does not wait: 1000 s are more than this test's time limit.
        Answer answer = toolbox.execute("sleep 1000 >/dev/null 2>&1 & echo $!");
        assertThat(answer.status()).isEqualTo(200);
        toolbox.execute("kill " + answer.json().get("result").textValue().strip());
    }

    @Test
    void g10AnEscapedChildDelaysThe408() {
        long begin = System.nanoTime();
        Answer answer = toolbox.post("/process/execute", Map.of("command", "setsid sleep 5", "timeout", 2));

        assertThat(answer.status()).isEqualTo(408);
        assertThat(System.nanoTime() - begin).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(4900));
    }

    // ---- sessions

    @Test
    void g11ASessionsNameIsTakenOnceAndOneIsReserved() {
        String id = session();
        assertThat(toolbox.post("/process/session", Map.of("sessionId", id)).status())
                .isEqualTo(409);
        assertThat(toolbox.post("/process/session", Map.of("sessionId", "entrypoint"))
                        .status())
                .isEqualTo(400);
        end(id);
    }

    @Test
    void g12ASessionKeepsItsState() {
        String id = session();
        assertThat(run(id, "cd /tmp; export A=1").status()).isEqualTo(200);
        assertThat(run(id, "pwd; echo $A").json().get("output").textValue()).contains("/tmp", "1");
        end(id);
    }

    @Test
    void g13AClientOfTodayGetsMarkersAndBothStreams() {
        String id = session();
        JsonNode answer = run(id, "echo out; echo err >&2", "X-Daytona-SDK-Version", ToolboxClient.SDK)
                .json();
        assertThat(answer.get("stdout").textValue()).isEqualTo("out\n");
        assertThat(answer.get("stderr").textValue()).isEqualTo("err\n");
        assertThat(answer.get("output").textValue())
                .contains("\001\001\001out\n")
                .contains("\002\002\002err\n");
        assertThat(answer.get("exitCode").intValue()).isZero();
        end(id);
    }

    @Test
    void g14AClientWithoutAVersionGetsCleanOutput() {
        String id = session();
        JsonNode answer = run(id, "echo out").json();
        assertThat(answer.get("output").textValue()).isEqualTo("out\n");
        assertThat(answer.path("stdout").isTextual()).isFalse();
        assertThat(answer.path("stderr").isTextual()).isFalse();
        end(id);
    }

    @Test
    void g15AnAsyncCommandHasNoExitCodeWhileItRuns() {
        String id = session();
        String command = start(id, "read x; (exit 7)");
        assertThat(command(id, command).has("exitCode")).isFalse();
        assertThat(input(id, command, "go")).isEqualTo(204);
        assertThat(awaitExit(id, command)).isEqualTo(7);
        end(id);
    }

    @Test
    void g16FollowingALogGivesSmallMarkedFramesAndANormalClose() {
        String id = session();
        String command = start(id, "i=0; while [ $i -lt 300 ]; do echo line-$i; i=$((i+1)); done; echo e >&2");
        Followed followed = toolbox.follow(logs(id, command) + "?follow=true", false);

        assertThat(followed.closed()).isEqualTo(1000);
        assertThat(followed.frames()).allSatisfy(size -> assertThat(size).isBetween(1, 1024));
        assertThat(followed.text())
                .contains("\001\001\001line-0\n")
                .contains("\001\001\001line-299\n")
                .contains("\002\002\002e\n");
        end(id);
    }

    @Test
    void g17InputReachesTheCommandAndIsEchoedUnlessThatIsSuppressed() {
        String id = session();
        assertThat(logAfterInput(id, false)).isEqualTo("hi\nhi\n");
        assertThat(logAfterInput(id, true)).isEqualTo("hi\n");
        end(id);
    }

    private String logAfterInput(String id, boolean suppress) {
        JsonNode started = toolbox.post(
                        "/process/session/" + id + "/exec",
                        Map.of("command", "head -n 1", "runAsync", true, "suppressInputEcho", suppress))
                .json();
        String command = started.get("cmdId").textValue();
        assertThat(input(id, command, "hi")).isEqualTo(204);
        awaitExit(id, command);
        assertThat(input(id, command, "late")).isEqualTo(410);
        return toolbox.get(logs(id, command)).text();
    }

    @Test
    void g18ExitEndsTheSessionAndTheCommandNeverCompletes() {
        String id = session();
        String command = start(id, "exit 1");
        Answer next = await(() -> {
            Answer answer =
                    toolbox.post("/process/session/" + id + "/exec", Map.of("command", "true", "runAsync", true));
            return answer.status() == 500 ? Optional.of(answer) : Optional.empty();
        });
        assertThat(next.text()).contains("broken pipe");
        assertThat(command(id, command).has("exitCode")).isFalse();
        end(id);
    }

    @Test
    void g19DeletingASessionEndsWhatRunsInIt() {
        String id = session();
        String marker = folder + "/pid-" + id;
        String command = start(id, "sleep 1000 & echo $! > " + marker + "; wait");
        String pid = await(() -> Optional.of(toolbox.execute("cat " + marker).json())
                .filter(answer -> answer.get("exitCode").intValue() == 0)
                .map(answer -> answer.get("result").textValue().strip())
                .filter(text -> !text.isEmpty()));
        Followed followed = toolbox.follow(logs(id, command) + "?follow=true", false);

        assertThat(toolbox.delete("/process/session/" + id).status()).isEqualTo(204);

        assertThat(followed.closed()).isEqualTo(1000);
        assertThat(exitCode("grep -q '^State:.[^Z]' /proc/" + pid + "/status")).isNotZero();
        assertThat(toolbox.get("/process/session/" + id).status()).isEqualTo(404);
        assertThat(toolbox.delete("/process/session/" + id).status()).isEqualTo(404);
    }

    @Test
    void g20AnUnknownSessionIsA500OnExec() {
        Answer answer = toolbox.post("/process/session/no-such/exec", Map.of("command", "true"));
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.text()).contains("failed to execute command: not found: session not found");
    }

    // ---- files

    @Test
    void g21ABulkUploadCreatesParentsAndCountsBytes() {
        String one = folder + "/up/a/1";
        String two = folder + "/up/b/é 2";
        Answer answer = upload(List.of(
                Map.entry("files[0].path", utf8(one)),
                Map.entry("files[0].file", utf8("hello")),
                Map.entry("files[1].path", utf8(two)),
                Map.entry("files[1].file", new byte[] {0, 1, (byte) 0xff})));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json())
                .isEqualTo(json(
                        Map.of("files", List.of(Map.of("path", one, "bytes", 5), Map.of("path", two, "bytes", 3)))));
        assertThat(toolbox.get("/files/download?path=" + ToolboxClient.query(two))
                        .bytes())
                .containsExactly(0, 1, 0xff);
    }

    @Test
    void g22AFileBeforeItsPathIsRefused() {
        Answer answer = upload(List.of(
                Map.entry("files[0].file", utf8("hello")), Map.entry("files[0].path", utf8(folder + "/order"))));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("errors").get(0).textValue()).isEqualTo("file[0]: missing .path metadata");
        assertThat(answer.json().get("files").isNull()).isTrue();
    }

    @Test
    void g23ABulkDownloadHasAPartForEachFileAndEachError() {
        String path = put("down", "contents");
        Answer answer = toolbox.post("/files/bulk-download", Map.of("paths", List.of(path, folder + "/missing")));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElse(""))
                .contains("multipart/form-data", "boundary=DAYTONA-FILE-BOUNDARY");
        assertThat(answer.text())
                .contains("name=\"file\"; filename=\"" + path + "\"")
                .contains("Content-Length: 8")
                .contains("\r\n\r\ncontents\r\n--DAYTONA-FILE-BOUNDARY")
                .contains("name=\"error\"; filename=\"" + folder + "/missing\"")
                .contains("FILE_NOT_FOUND")
                .contains("--DAYTONA-FILE-BOUNDARY--");
    }

    @Test
    void g24WhatIsNotThereHasAStatusAndNoBody() {
        String file = put("plain", "x");
        toolbox.execute("ln -s /nowhere-at-all " + folder + "/dangling");

        assertEmpty(404, toolbox.get("/files/info?path=" + folder + "/absent"));
        assertEmpty(404, toolbox.get("/files/info?path=" + folder + "/dangling"));
        assertEmpty(400, toolbox.get("/files/info?path=" + file + "/x"));
    }

    @Test
    void g25AFolderIsDeletedOnlyRecursively() {
        String path = "/files?path=" + folder + "/victim";
        toolbox.post("/files/folder?mode=0755&path=" + folder + "/victim/below");
        assertThat(toolbox.delete(path).status()).isEqualTo(400);
        assertThat(toolbox.delete(path + "&recursive=true").status()).isEqualTo(204);
        assertThat(toolbox.delete(path).status()).isEqualTo(404);
    }

    @Test
    void g26AFolderCanBeMadeTwice() {
        String call = "/files/folder?mode=0755&path=" + folder + "/twice";
        assertThat(toolbox.post(call).status()).isEqualTo(201);
        assertThat(toolbox.post(call).status()).isEqualTo(201);
    }

    // ---- words of this test

    protected final int exitCode(String command) {
        return toolbox.execute(command).json().get("exitCode").intValue();
    }

    protected final String session() {
        String id = "s-" + UUID.randomUUID();
        assertThat(toolbox.post("/process/session", Map.of("sessionId", id)).status())
                .isEqualTo(201);
        return id;
    }

    protected final void end(String session) {
        assertThat(toolbox.delete("/process/session/" + session).status()).isEqualTo(204);
    }

    protected final Answer run(String session, String command, String... headers) {
        return toolbox.post("/process/session/" + session + "/exec", Map.of("command", command), headers);
    }

    protected final String start(String session, String command) {
        Answer answer = toolbox.post(
                "/process/session/" + session + "/exec",
                Map.of("command", command, "runAsync", true, "suppressInputEcho", true));
        assertThat(answer.status()).isEqualTo(202);
        return answer.json().get("cmdId").textValue();
    }

    protected final JsonNode command(String session, String command) {
        Answer answer = toolbox.get("/process/session/" + session + "/command/" + command);
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    protected final int input(String session, String command, String data) {
        return toolbox.post("/process/session/" + session + "/command/" + command + "/input", Map.of("data", data))
                .status();
    }

    protected static String logs(String session, String command) {
        return "/process/session/" + session + "/command/" + command + "/logs";
    }

    protected final int awaitExit(String session, String command) {
        return await(() -> Optional.ofNullable(command(session, command).get("exitCode")))
                .intValue();
    }

    /** Asks again until there is an answer; the test's own time limit ends it. */
    protected static <T> T await(Supplier<Optional<T>> question) {
        while (true) {
            Optional<T> answer = question.get();
            if (answer.isPresent()) {
                return answer.get();
            }
        }
    }

    protected final String put(String name, String contents) {
        String path = folder + "/" + name;
        Answer answer =
                upload(List.of(Map.entry("files[0].path", utf8(path)), Map.entry("files[0].file", utf8(contents))));
        assertThat(answer.status()).as("%s", answer.text()).isEqualTo(200);
        return path;
    }

    protected final Answer upload(List<Map.Entry<String, byte[]>> parts) {
        return toolbox.post(
                "/files/bulk-upload",
                "multipart/form-data; boundary=" + BOUNDARY,
                ToolboxClient.multipart(BOUNDARY, parts));
    }

    protected static void assertEmpty(int status, Answer answer) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.bytes()).isEmpty();
    }

    protected static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    protected static JsonNode json(Object value) {
        return new com.fasterxml.jackson.databind.ObjectMapper().valueToTree(value);
    }
}
