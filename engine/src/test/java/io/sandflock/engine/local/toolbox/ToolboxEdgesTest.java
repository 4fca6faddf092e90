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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What section 3 of the protocol's description says beyond the 26 behaviours; and the 26, over real processes of the host, fed to {@code bash}. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ToolboxEdgesTest extends ToolboxContractTest {

    @TempDir
    static Path machine;

    private ToolboxServer server;

    @Override
    protected ToolboxClient connect() {
        server = new ToolboxServer(new ProcessMachine(machine, "/bin/bash"));
        return server.client();
    }

    @AfterAll
    void close() {
        toolbox().execute("rm -rf " + folder());
        server.close();
    }

    // ---- execute

    @Test
    void aCommandOfFiveMegabytesRuns() {
        String command = "echo begin\n" + "# padding padding padding\n".repeat(200_000) + "echo end\n";
        assertThat(toolbox().execute(command).json().get("result").textValue()).isEqualTo("begin\nend\n");
    }

    @Test
    void anOutputOfTwentyMegabytesComesWhole() {
        JsonNode answer =
                toolbox().execute("head -c 20000000 /dev/zero | tr '\\0' 'é'").json();
        assertThat(answer.get("exitCode").intValue()).isZero();
        assertThat(answer.get("result").textValue()).hasSize(20_000_000);
    }

    @Test
    void anOutputWithoutEndKillsTheCommandAndNotTheServer() {
        Answer answer = toolbox().execute("echo $$ > " + folder() + "/yes.pid; yes");
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.json().get("message").textValue()).contains("larger than");
        // Where nobody reaps orphans, a killed process stays as a zombie.
        await(() -> exitCode("grep -q '^State:.[^Z]' /proc/$(cat " + folder() + "/yes.pid)/status") == 0
                ? Optional.empty()
                : Optional.of(true));
    }

    @Test
    void variablesAreAddedAndLaterOnesWin() {
        Answer answer = toolbox()
                .post(
                        "/process/execute",
                        Map.of(
                                "command",
                                "echo \"$A|$HOME\"",
                                "envs",
                                Map.of("A", "a b'\"$x\né", "HOME", "/elsewhere")));
        assertThat(answer.json().get("result").textValue()).isEqualTo("a b'\"$x\né|/elsewhere\n");
    }

    @Test
    void theWorkingDirectoryIsTheDaemonsOrRelativeToIt() throws Exception {
        Files.createDirectories(machine.resolve("sub dir"));
        assertThat(pwd("")).isEqualTo(machine.toRealPath().toString());
        assertThat(pwd("sub dir"))
                .isEqualTo(machine.toRealPath().resolve("sub dir").toString());
        assertThat(pwd("/")).isEqualTo("/");
        assertThat(toolbox()
                        .post("/process/execute", Map.of("command", "pwd", "cwd", "~"))
                        .json()
                        .get("exitCode")
                        .intValue())
                .isEqualTo(-1);
    }

    private String pwd(String cwd) {
        return toolbox()
                .post("/process/execute", Map.of("command", "pwd -P", "cwd", cwd))
                .json()
                .get("result")
                .textValue()
                .strip();
    }

    @Test
    void exitCodesAreTheShells() {
        assertThat(exitCode("no-such-program-at-all")).isEqualTo(127);
        assertThat(exitCode("/etc/passwd")).isEqualTo(126);
        assertThat(exitCode("sh -c 'kill -TERM $$'")).isEqualTo(143);
        assertThat(exitCode("kill -TERM $$")).isEqualTo(-1);
        assertThat(exitCode("kill -9 0")).isEqualTo(-1);
        assertThat(exitCode("exit 255")).isEqualTo(255);
    }

    @Test
    void aClientThatGoesAwayDoesNotEndItsCommand() {
        String done = folder() + "/survived";
        var answer = toolbox()
                .postLater(
                        "/process/execute", Map.of("command", "echo $$ >" + done + ".pid; sleep 1; echo yes >" + done));
        await(() -> exitCode("test -s " + done + ".pid") == 0 ? Optional.of(true) : Optional.empty());
        answer.cancel(true);
        await(() -> exitCode("test -s " + done) == 0 ? Optional.of(true) : Optional.empty());
    }

    @Test
    void theTimeoutKillsTheWholeGroup() {
        String pid = folder() + "/group.pid";
        Answer answer = toolbox()
                .post("/process/execute", Map.of("command", "sleep 1000 & echo $! > " + pid + "; wait", "timeout", 1));
        assertThat(answer.status()).isEqualTo(408);
        assertThat(exitCode("grep -q '^State:.[^Z]' /proc/$(cat " + pid + ")/status"))
                .isNotZero();
    }

    @Test
    void whatIsNotAnObjectIsRefusedAndWhatIsUnknownIgnored() {
        for (String body : List.of(
                "",
                "[]",
                "\"x\"",
                "{",
                "{\"command\":5}",
                "{\"command\":\"true\"} x",
                "{\"command\":\"true\",\"envs\":[]}",
                "{\"command\":\"true\",\"timeout\":4294967296}")) {
            Answer answer = toolbox().post("/process/execute", (Object) body);
            assertThat(answer.status()).as(body).isEqualTo(400);
        }
        assertThat(toolbox()
                        .post("/process/execute", Map.of("command", "true", "more", List.of(1)))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aBodyLargerThanTheLimitIsA413() {
        assertThat(toolbox()
                        .post("/process/session", Map.of("sessionId", "x".repeat(100_000)))
                        .status())
                .isEqualTo(413);
        assertThat(toolbox().get("/version").status()).isEqualTo(200);
    }

    // ---- sessions

    @Test
    void commandsOfASessionRunOneAfterAnother() {
        String id = session();
        String first = start(id, "read x; echo first");
        String second = start(id, "echo second");
        assertThat(command(id, second).has("exitCode")).isFalse();
        input(id, first, "go");
        assertThat(awaitExit(id, second)).isZero();
        assertThat(command(id, first).get("exitCode").intValue()).isZero();
        end(id);
    }

    @Test
    void aSessionListsItsCommandsWithTheirText() {
        String id = session();
        String command = start(id, "echo listed");
        JsonNode session = toolbox().get("/process/session/" + id).json();
        assertThat(session.get("sessionId").textValue()).isEqualTo(id);
        assertThat(session.get("commands").get(0).get("id").textValue()).isEqualTo(command);
        assertThat(session.get("commands").get(0).get("command").textValue()).isEqualTo("echo listed");
        assertThat(toolbox().get("/process/session").json().findValuesAsText("sessionId"))
                .contains(id);
        end(id);
    }

    @Test
    void theLogIsTextOrJsonAsTheVersionSays() {
        String id = session();
        String command = start(id, "echo out; echo err >&2; printf 'no\\000 end'");
        awaitExit(id, command);
        String path = logs(id, command);

        assertThat(toolbox().get(path).text())
                .contains("out\n", "err\n", "no end\n")
                .doesNotContain("\001");
        assertThat(toolbox().get(path, "X-Daytona-SDK-Version", "0.100.0").text())
                .contains("\001\001\001out\n");
        JsonNode split = toolbox().get(path, "X-Daytona-Split-Output", "true").json();
        assertThat(split.get("stdout").textValue()).isEqualTo("out\nno end\n");
        assertThat(split.get("stderr").textValue()).isEqualTo("err\n");
        end(id);
    }

    @Test
    void aFollowerSeesLinesAsTheyComeAndItsPingsAreAnswered() {
        String id = session();
        String command = start(id, "echo early; read x; echo late");
        Followed followed = toolbox().follow(logs(id, command) + "?follow=true", true);
        await(() -> followed.text().contains("early\n") ? Optional.of(true) : Optional.empty());
        assertThat(followed.pong()).isEqualTo("hello");
        assertThat(followed.isOpen()).isTrue();
        input(id, command, "go");
        assertThat(followed.closed()).isEqualTo(1000);
        assertThat(followed.text()).isEqualTo("\001\001\001early\n\001\001\001late\n");
        end(id);
    }

    @Test
    void withoutFollowTheSocketHasWhatIsThereAndCloses() {
        String id = session();
        String command = start(id, "echo now; read x");
        await(() -> toolbox().get(logs(id, command)).text().isEmpty() ? Optional.empty() : Optional.of(true));
        Followed followed = toolbox().follow(logs(id, command), false);
        assertThat(followed.closed()).isEqualTo(1000);
        assertThat(followed.text()).isEqualTo("\001\001\001now\n");
        end(id);
    }

    @Test
    void unknownCommandsAndSessionsAre404() {
        String id = session();
        assertThat(toolbox().get("/process/session/" + id + "/command/nope").status())
                .isEqualTo(404);
        assertThat(toolbox().get(logs(id, "nope")).status()).isEqualTo(404);
        assertThat(toolbox().get("/process/session/nope").status()).isEqualTo(404);
        assertThat(toolbox().get(logs("nope", "nope") + "?follow=true").status())
                .isEqualTo(404);
        end(id);
    }

    @Test
    void aSyncCommandHasNoInput() {
        String id = session();
        JsonNode answer = run(id, "cat; echo end").json();
        assertThat(answer.get("output").textValue()).isEqualTo("end\n");
        end(id);
    }

    @Test
    void quotesHeredocsAndReturnWorkInASession() {
        String id = session();
        assertThat(run(id, "cat <<'X'\nit's \"here\" $HOME `x`\nX\nf() { return 3; }; f")
                        .json()
                        .get("exitCode")
                        .intValue())
                .isEqualTo(3);
        assertThat(run(id, "f; echo $?").json().get("output").textValue()).isEqualTo("3\n");
        end(id);
    }

    @Test
    void aDeletedSessionLeavesNoFolderAndNoProcess() throws Exception {
        String id = session();
        start(id, "trap '' TERM; setsid sleep 1000 & sleep 1000");
        await(() -> exitCode("pgrep -f 'sleep 1000'") == 0 ? Optional.of(true) : Optional.empty());
        end(id);
        Path sessions = machine.resolve(".daytona/sessions");
        try (var left = Files.list(sessions)) {
            assertThat(left.filter(folder -> Files.exists(folder.resolve("cmd.sh"))))
                    .isEmpty();
        }
    }

    // ---- files

    @Test
    void anInfoHasTheFieldsOfTheWire() {
        String path = put("info file", "12345");
        JsonNode info =
                toolbox().get("/files/info?path=" + ToolboxClient.query(path)).json();
        assertThat(info.get("name").textValue()).isEqualTo("info file");
        assertThat(info.get("size").longValue()).isEqualTo(5);
        assertThat(info.get("mode").textValue()).isEqualTo("-rw-r--r--");
        assertThat(info.get("permissions").textValue()).isEqualTo("0644");
        assertThat(info.get("isDir").booleanValue()).isFalse();
        assertThat(info.get("owner").textValue()).matches("\\d+");
        assertThat(java.time.Instant.parse(info.get("modifiedAt").textValue())).isAfter(java.time.Instant.EPOCH);
        assertThat(toolbox().get("/files/info?path=/tmp").json().get("mode").textValue())
                .startsWith("dt");
    }

    @Test
    void aListingHasEachEntry() {
        put("list/a b", "1");
        put("list/-c", "22");
        JsonNode list = toolbox().get("/files?path=" + folder() + "/list").json();
        assertThat(list.findValuesAsText("name")).containsExactly("-c", "a b");
        assertEmpty(400, toolbox().get("/files?path=" + folder() + "/list/-c"));
        assertEmpty(404, toolbox().get("/files?path=" + folder() + "/list/none"));
    }

    @Test
    void fileErrorsHaveNoBody() {
        put("errors/file", "x");
        String base = folder() + "/errors";
        assertEmpty(400, toolbox().get("/files/info"));
        assertEmpty(400, toolbox().get("/files/download?path=" + base));
        assertEmpty(404, toolbox().get("/files/download?path=" + base + "/none"));
        assertEmpty(400, toolbox().post("/files/folder?mode=0755&path=" + base + "/file"));
        assertEmpty(400, toolbox().post("/files/folder?mode=rwx&path=" + base + "/dir"));
        assertEmpty(400, toolbox().post("/files/permissions?owner=no-such-user&path=" + base + "/file"));
        assertEmpty(409, toolbox().post("/files/move?source=" + base + "/file&destination=" + base));
        assertEmpty(404, toolbox().post("/files/move?source=" + base + "/file&destination=" + base + "/no/x"));
        assertEmpty(200, toolbox().post("/files/permissions?mode=0600&path=" + base + "/file"));
        assertThat(toolbox()
                        .get("/files/info?path=" + base + "/file")
                        .json()
                        .get("permissions")
                        .textValue())
                .isEqualTo("0600");
    }

    @Test
    void aPartialUploadIsA400ThatNamesWhatWasWritten() {
        String good = folder() + "/partial/good";
        Answer answer = upload(List.of(
                Map.entry("files[0].path", utf8("/tmp")),
                Map.entry("files[0].file", new byte[3_000_000]),
                Map.entry("files[1].path", utf8("  " + good + "\n")),
                Map.entry("files[1].file", utf8("written"))));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("errors").get(0).textValue()).isEqualTo("/tmp: create: open /tmp: is a directory");
        assertThat(answer.json().get("files").get(0).get("path").textValue()).isEqualTo(good);
        assertThat(toolbox().get("/files/download?path=" + good).text()).isEqualTo("written");
    }

    @Test
    void aSingleUploadCreatesNoParents() {
        byte[] body = ToolboxClient.multipart("b", List.of(Map.entry("file", utf8("single"))));
        String type = "multipart/form-data; boundary=b";
        assertThat(toolbox()
                        .post("/files/upload?path=" + folder() + "/no/x", type, body)
                        .status())
                .isEqualTo(400);
        assertEmpty(200, toolbox().post("/files/upload?path=" + folder() + "/single", type, body));
        assertThat(toolbox().get("/files/download?path=" + folder() + "/single").text())
                .isEqualTo("single");
    }

    @Test
    void aLargeFileGoesThereAndBackUnchanged() {
        byte[] bytes = new byte[9_000_001];
        new java.util.Random(42).nextBytes(bytes);
        String path = folder() + "/large";
        assertThat(upload(List.of(Map.entry("files[0].path", utf8(path)), Map.entry("files[0].file", bytes)))
                        .status())
                .isEqualTo(200);
        assertThat(toolbox().get("/files/download?path=" + path).bytes()).isEqualTo(bytes);
        byte[] parts = toolbox()
                .post("/files/bulk-download", Map.of("paths", List.of(path)))
                .bytes();
        String head = new String(parts, 0, 1000, StandardCharsets.ISO_8859_1);
        int begin = head.indexOf("\r\n\r\n") + 4;
        assertThat(head).contains("Content-Length: 9000001");
        assertThat(java.util.Arrays.copyOfRange(parts, begin, begin + bytes.length))
                .isEqualTo(bytes);
    }

    @Test
    void aFileWithoutASizeIsDownloadedWhole() {
        Answer answer = toolbox().post("/files/bulk-download", Map.of("paths", List.of("/proc/version", folder())));
        assertThat(answer.text()).contains("Linux version").contains("INVALID_FILE_PATH");
    }

    @Test
    void anEmptyListOfPathsIsA400WithItsOwnBody() {
        for (Object body : List.of(Map.of("paths", List.of()), Map.of(), "nonsense")) {
            Answer answer = toolbox().post("/files/bulk-download", body);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("error").textValue())
                    .isEqualTo("request body must be {\"paths\": [ ... ]} and non-empty");
        }
    }

    @Test
    void findGivesLinesAndSearchGivesNames() {
        String one = put("tree/one.txt", "nothing\nhas needle: here\nneedle*\n");
        put("tree/deep/two\nlines.txt", "x");
        put("tree/binary", "needle\0\n");
        JsonNode found = toolbox()
                .get("/files/find?path=" + folder() + "/tree&pattern=needle*")
                .json();
        assertThat(found).isEqualTo(json(List.of(Map.of("file", one, "line", 3, "content", "needle*"))));
        assertThat(toolbox()
                        .get("/files/find?path=" + folder() + "/tree&pattern=needle")
                        .json())
                .hasSize(2);
        JsonNode searched = toolbox()
                .get("/files/search?path=" + folder() + "/tree&pattern=*.txt")
                .json();
        assertThat(searched.get("files"))
                .extracting(JsonNode::textValue)
                .containsExactlyInAnyOrder(one, folder() + "/tree/deep/two\nlines.txt");
    }

    @Test
    void replaceSaysForEachFileHowItWent() {
        String path = put("replace", "a.b.c é");
        JsonNode results = toolbox()
                .post(
                        "/files/replace",
                        Map.of("files", List.of(path, folder() + "/none"), "pattern", ".", "newValue", "é"))
                .json();
        assertThat(results.get(0).get("success").booleanValue()).isTrue();
        assertThat(results.get(1).get("success").booleanValue()).isFalse();
        assertThat(results.get(1).get("error").textValue()).contains("no such file or directory");
        assertThat(toolbox().get("/files/download?path=" + path).text()).isEqualTo("aébéc é");
    }

    // ---- the rest

    @Test
    void theDaemonSaysWhatItIsAndWhereItWorks() {
        assertThat(toolbox().get("/version").json().get("version").textValue()).isEqualTo("0.190.0");
        assertThat(toolbox().get("/work-dir").json().get("dir").textValue()).isEqualTo(machine.toString());
        assertThat(toolbox().get("/user-home-dir").json().get("dir").textValue())
                .isEqualTo(machine.toString());
    }

    @Test
    void aPortIsInUseWhileItIsListenedOn() throws Exception {
        try (var socket = new java.net.ServerSocket()) {
            int port = 7000;
            while (!socket.isBound()) {
                try {
                    socket.bind(new java.net.InetSocketAddress("127.0.0.1", port));
                } catch (java.net.BindException e) {
                    port++;
                }
            }
            assertThat(toolbox()
                            .get("/port/" + port + "/in-use")
                            .json()
                            .get("isInUse")
                            .booleanValue())
                    .isTrue();
            assertThat(toolbox().get("/port").json().get("ports"))
                    .extracting(JsonNode::intValue)
                    .contains(port);
        }
        assertThat(toolbox().get("/port/80/in-use").status()).isEqualTo(400);
        assertThat(toolbox().get("/port/9998/in-use").json().get("isInUse").booleanValue())
                .isFalse();
    }

    @Test
    void whatIsNotARouteIsA404WithABody() {
        for (String path :
                List.of("/nope", "//version", "/version/", "/process/pty-none", "/files/none", "/%76ersion%2F")) {
            Answer answer = toolbox().get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.json().get("code").textValue()).isEqualTo("NOT_FOUND");
        }
    }
}
