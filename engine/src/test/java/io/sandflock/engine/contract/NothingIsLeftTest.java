/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.CommandTimeoutException;
import io.sandflock.Environment;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.FileContent;
import io.sandflock.engine.exec.ToolboxEnvironment;
import io.sandflock.engine.platform.CommandText;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.platform.Toolbox.ExecuteCall;
import io.sandflock.engine.platform.Toolbox.TerminalCall;
import io.sandflock.engine.platform.Toolbox.TerminalEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** After executions of every kind in a sandbox that lives on, nothing of them is there. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class NothingIsLeftTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Looks as root, if root can be had: processes but its own, what lies where things are put, mounts. */
    private static final String LOOK = """
            OUTER=$$ DAEMON=$PPID; export OUTER DAEMON
            as=; sudo -n true 2>/dev/null && as='sudo -n -E'
            $as sh -c '
              : this-is-the-looker
              for p in /proc/[0-9]*; do
                line=$(tr "\\0\\n" "  " <$p/cmdline 2>/dev/null)
                case ${p#/proc/}-$line in $OUTER-* | $DAEMON-* | *this-is-the-looker* | *-) continue ;; esac
                echo "process ${p#/proc/} $line"
              done
              find /tmp /var/tmp /dev/shm /run /root /home . -xdev 2>/dev/null | sort -u | sed "s/^/file /"
              sed "s/^/mount /" /proc/self/mountinfo
            ' 2>/dev/null
            """;

    private static HeldSandbox sandbox;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        sandbox = HeldSandbox.onNamespaces();
    }

    @AfterAll
    static void stop() {
        assertThat(sandbox.close()).isZero();
    }

    @Test
    void ofExecutionsOfEveryKindThereIsNoProcessNoFileAndNoMount() throws IOException {
        Toolbox toolbox = sandbox.toolbox();
        List<String> before = look(toolbox);
        ToolboxEnvironment environment = sandbox.another();

        assertThat(sh(environment, "echo plain; mkdir made")).isEqualTo("plain\n");
        commandsThatEndBeforeTheirTime(environment);
        assertThat(sh(environment, "yes | head -c 20000000").length()).isEqualTo(10 << 20);
        streams(environment);
        large(environment);
        backgroundChildThatHoldsTheOutput(environment);
        files(environment);
        terminal(toolbox);

        // The looking bites: there is something as long as the environment is open.
        assertThat(look(toolbox)).anyMatch(line -> line.contains("/.sandflock-"));
        sh(environment, "rm -r made");
        environment.closeLater().block(PATIENCE);
        assertThat(look(toolbox)).containsExactlyElementsOf(before);
    }

    private static void commandsThatEndBeforeTheirTime(Environment environment) {
        String escapes =
                "setsid sleep 4711 & (setsid sh -c 'trap \"\" TERM; sleep 4712; sleep 4713' &) ; echo up; sleep 4714";
        ExecRequest late = ExecRequest.builder(List.of("sh", "-c", escapes))
                .timeout(Duration.ofSeconds(1))
                .build();
        assertThatThrownBy(() -> environment.exec(late).block(PATIENCE)).isInstanceOf(CommandTimeoutException.class);
        ExecEvent first = environment
                .execStream(ExecRequest.shell(escapes))
                .filter(event -> event instanceof ExecEvent.Stdout)
                .blockFirst(PATIENCE);
        assertThat(first).isNotNull();
        Mono<?> cancelled = environment.exec(ExecRequest.shell("touch made/begun; " + escapes));
        Mono.firstWithSignal(cancelled, begun(environment)).block(PATIENCE);
        assertThatThrownBy(() -> environment
                        .exec(ExecRequest.builder(List.of("true"))
                                .cwd("/nowhere")
                                .build())
                        .block(PATIENCE))
                .isNotNull();
        environment.exec(ExecRequest.of("no-such-program")).block(PATIENCE);
    }

    /** Waits for the file that the command makes which is to be cancelled. */
    private static Mono<Object> begun(Environment environment) {
        return environment
                .exec(ExecRequest.shell("while [ ! -e made/begun ]; do sleep .05; done"))
                .cast(Object.class);
    }

    private static void streams(Environment environment) {
        Long bytes = environment
                .execStream(ExecRequest.shell("yes | head -c 15000000; yes | head -c 3000000 >&2"))
                .map(event -> event instanceof ExecEvent.Stdout out
                        ? (long) out.bytes().length
                        : event instanceof ExecEvent.Stderr err ? (long) err.bytes().length : 0L)
                .reduce(Long::sum)
                .block(PATIENCE);
        assertThat(bytes).isEqualTo(18_000_000);
        // Left while the command waits for room.
        environment.execStream(ExecRequest.of("yes")).blockFirst(PATIENCE);
    }

    private static void large(Environment environment) {
        List<String> argv = new ArrayList<>(List.of("sh", "-c", "cat | wc -c", "sh"));
        argv.addAll(Collections.nCopies(10, "x".repeat(100_000)));
        ExecRequest request = ExecRequest.builder(argv)
                .stdin(new byte[3 << 20])
                .env("LARGE", "v".repeat(100_000))
                .build();
        assertThat(environment.exec(request).block(PATIENCE).stdout().text().strip())
                .isEqualTo("3145728");
    }

    /** It lives on, as it may, and is ended here: what was kept of it must go as well. */
    private static void backgroundChildThatHoldsTheOutput(Environment environment) {
        String pid = sh(environment, "sleep 4715 & echo $!").strip();
        assertThat(sh(environment, "kill " + pid + " && echo killed")).isEqualTo("killed\n");
    }

    private void files(Environment environment) throws IOException {
        Files.createDirectories(folder.resolve("up/inner"));
        Files.writeString(folder.resolve("up/inner/file"), "content");
        environment
                .writeFiles(Map.of(
                        "made/file", FileContent.text("text"),
                        "made/tree", FileContent.local(folder.resolve("up"))))
                .block(PATIENCE);
        environment.append("made/file", FileContent.text("more")).block(PATIENCE);
        assertThat(environment.readFile("made/file", 1 << 20).block(PATIENCE)).hasSize(8);
        environment.download("made/tree", folder.resolve("down"), 1 << 20).block(PATIENCE);
        assertThat(folder.resolve("down/inner/file")).hasContent("content");
        assertThat(environment.list("made").block(PATIENCE)).isNotEmpty();
        environment.delete("made/file", false).block(PATIENCE);
    }

    private static void terminal(Toolbox toolbox) {
        TerminalCall call = new TerminalCall("left", Optional.empty(), Map.of("HISTFILE", ""), 80, 24);
        Flux<ByteBuffer> keys = Flux.just(ByteBuffer.wrap("exit 3\n".getBytes(StandardCharsets.UTF_8)))
                .concatWith(Flux.never());
        assertThat(toolbox.terminal(call, keys, Mono.never()).blockLast(PATIENCE))
                .isEqualTo(new TerminalEvent.Exited(3));
    }

    private static String sh(Environment environment, String line) {
        return Objects.requireNonNull(environment.exec(ExecRequest.shell(line)).block(PATIENCE))
                .stdout()
                .text();
    }

    /** With what the daemon has, so that the looking leaves nothing itself. */
    private static List<String> look(Toolbox toolbox) {
        ExecuteCall call = new ExecuteCall(
                () -> CommandText.of(LOOK), Optional.empty(), Map.of(), Optional.of(Duration.ofSeconds(30)), PATIENCE);
        return Objects.requireNonNull(toolbox.execute(call).block(PATIENCE))
                .result()
                .lines()
                .toList();
    }
}
