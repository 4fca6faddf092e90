/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.toolbox.ToolboxClient.Answer;
import io.sandflock.engine.local.toolbox.ToolboxClient.Typed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code /process/pty} as a client of Daytona's uses it: over the wire, with the JDK's own WebSocket. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TerminalRoutesTest {

    private static final String EXIT_CONTROL = "X-Daytona-Pty-Exit-Control";

    @TempDir
    Path machine;

    private ToolboxServer server;
    private ToolboxClient toolbox;

    @BeforeEach
    void open() {
        server = new ToolboxServer(new ProcessMachine(machine, "/bin/bash"));
        toolbox = server.client();
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aTerminalIsCreatedListedConnectedToAndEndsWithTheShellsExitCode() {
        assertThat(create("one", Map.of("cols", 91, "rows", 37, "envs", Map.of("GIVEN", "it's")))
                        .status())
                .isEqualTo(201);
        Answer info = toolbox.get("/process/pty/one");
        assertThat(info.json().get("cols").intValue()).isEqualTo(91);
        assertThat(info.json().get("active").booleanValue()).isTrue();
        assertThat(toolbox.get("/process/pty").json().get("sessions").findValuesAsText("id"))
                .containsExactly("one");

        Typed typed = toolbox.type("/process/pty/one/connect");
        typed.send("echo \"<$GIVEN $TERM $(stty size)>\"; exit 7\n");
        assertThat(typed.closed()).isEqualTo(1000);
        assertThat(typed.reason()).isEqualTo("{\"exitCode\":7}");
        assertThat(typed.text()).contains("<it's xterm-256color 37 91>");
        assertThat(typed.controls()).containsExactly("{\"type\":\"control\",\"status\":\"connected\"}");
        assertThat(toolbox.get("/process/pty/one").json().get("active").booleanValue())
                .isFalse();
        assertThat(toolbox.post("/process/pty/one/resize", Map.of("cols", 80, "rows", 24))
                        .status())
                .isEqualTo(410);
    }

    @Test
    void oneRequestCreatesATerminalAndConnectsToIt() {
        String envs = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"GIVEN\":\"é ~?\"}".getBytes(StandardCharsets.UTF_8));
        Typed typed = toolbox.type(
                "/process/pty/create-connect?id=two&cols=70&rows=20&cwd=%2Ftmp",
                EXIT_CONTROL, "X-Daytona-Pty-Envs~" + envs);
        assertThat(typed.subprotocol()).isEqualTo(EXIT_CONTROL);
        typed.send("echo \"<$GIVEN $PWD $(stty size)>\"; exit 3\n");
        assertThat(typed.closed()).isEqualTo(1000);
        assertThat(typed.text()).contains("<é ~? /tmp 20 70>");
        assertThat(typed.controls())
                .containsExactly(
                        "{\"type\":\"control\",\"status\":\"connected\"}",
                        "{\"type\":\"control\",\"status\":\"exited\",\"exitCode\":3}");
    }

    @Test
    void whatIsWrongWithACreateConnectIsSaidBeforeTheConnectionIsTaken() {
        create("taken", Map.of("lazyStart", true));
        assertThat(toolbox.refusal("/process/pty/create-connect?id=taken")).isEqualTo(409);
        assertThat(toolbox.refusal("/process/pty/create-connect?id=x&cols=1001"))
                .isEqualTo(400);
        assertThat(toolbox.refusal("/process/pty/create-connect")).isEqualTo(400);
        assertThat(toolbox.refusal("/process/pty/create-connect?id=x", "X-Daytona-Pty-Envs~e30x"))
                .isEqualTo(400);
        assertThat(toolbox.refusal("/process/pty/none/connect")).isEqualTo(404);
        assertThat(toolbox.get("/process/pty").json().get("sessions").findValuesAsText("id"))
                .containsExactly("taken");
    }

    @Test
    void aDeletedTerminalHangsUpItsShellAndEverythingInIts() {
        create("gone", Map.of());
        Typed typed = toolbox.type("/process/pty/gone/connect");
        typed.send("trap '' HUP; sleep 1000 & echo \"pid=$!.\"\n");
        String pid = typed.await("pid=(\\d+)\\.");
        assertThat(toolbox.delete("/process/pty/gone").status()).isEqualTo(200);
        assertThat(typed.closed()).isEqualTo(1000);
        assertThat(typed.reason()).contains("terminated");
        assertThat(toolbox.get("/process/pty/gone").status()).isEqualTo(404);
        // Where nobody reaps orphans, a killed process stays as a zombie.
        assertThat(toolbox.execute("grep -q '^State:.[^Z]' /proc/" + pid + "/status")
                        .json()
                        .get("exitCode")
                        .intValue())
                .isNotZero();
    }

    @Test
    void whatAClientMissedWhileItWasAwayIsNotTypedAgainAndTheShellGoesOn() {
        create("kept", Map.of());
        Typed first = toolbox.type("/process/pty/kept/connect");
        first.send("x=remembered; echo \"pid=$$.\"\n");
        first.await("pid=(\\d+)\\.");
        first.leave();
        Typed second = toolbox.type("/process/pty/kept/connect");
        second.send("echo \"<$x>\"; exit 0\n");
        assertThat(second.closed()).isEqualTo(1000);
        assertThat(second.text()).contains("<remembered>");
    }

    @Test
    void whatIsWrongIsRefused() {
        assertThat(create("", Map.of()).status()).isEqualTo(400);
        assertThat(create("a", Map.of("cols", 1001)).status()).isEqualTo(400);
        assertThat(create("a", Map.of("envs", Map.of("a b", "c"))).status()).isEqualTo(400);
        assertThat(create("a", Map.of("lazyStart", true)).status()).isEqualTo(201);
        assertThat(create("a", Map.of()).status()).isEqualTo(409);
        assertThat(toolbox.get("/process/pty/a/connect").status()).isEqualTo(400);
        for (Map<String, Object> size : List.<Map<String, Object>>of(Map.of(), Map.of("cols", 0, "rows", 5))) {
            assertThat(toolbox.post("/process/pty/a/resize", size).status()).isEqualTo(400);
        }
        assertThat(toolbox.delete("/process/pty/b").status()).isEqualTo(404);
    }

    private Answer create(String id, Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("id", id);
        return toolbox.post("/process/pty", body);
    }
}
