/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.process.HostProcess;
import io.sandflock.engine.local.process.HostProcesses;
import io.sandflock.engine.local.process.Launch;
import io.sandflock.engine.local.process.Standby;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a shell that stands by makes of what it is told, in each shell that may be a host's; nothing of a sandbox is needed. */
@Timeout(60)
class StandByShellTest {

    private static final Map<String, String> ENV = Map.of("PATH", "/usr/bin:/bin", "LANG", "C");

    private final HostProcesses processes = HostProcesses.create("test-standby", 64);

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"dash", "bash --posix", "busybox sh"})
    void wordsArriveAsTheyWere(String shell) throws IOException {
        Needs.that(isThere(shell), shell + " is not installed");
        List<String> odd =
                List.of("", " a  b ", "\t", "\n", "x\n\ny\n", "a\\nb\\", "'\"$(id)`id`$HOME*?", "-n", "3", "~");
        List<String> argv = new ArrayList<>(List.of("/usr/bin/printf", "<%s>"));
        argv.addAll(odd);
        HostProcess process = processes
                .spawn(launch(argv, "/tmp"), standby(shell), "4711 --user=/proc/1/ns/user")
                .block(Boxes.LONG);
        assertThat(process).isNotNull();
        assertThat(Boxes.text(process.stdout()).block(Boxes.LONG)).isEqualTo("<" + String.join("><", odd) + ">");
        assertThat(Files.readString(folder.resolve("way"))).isEqualTo("-t 4711 --user=/proc/1/ns/user -m\n");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"dash", "bash --posix", "busybox sh"})
    void standardInputIsTheCommandsFromItsFirstByte(String shell) throws IOException {
        Needs.that(isThere(shell), shell + " is not installed");
        HostProcess process = processes
                .spawn(launch(List.of("/bin/cat"), "/"), standby(shell), "1")
                .block(Boxes.LONG);
        assertThat(process).isNotNull();
        process.write(reactor.core.publisher.Flux.just(java.nio.ByteBuffer.wrap(new byte[] {'\n', 'x', '\n'})))
                .then(process.closeStdin())
                .block(Boxes.LONG);
        assertThat(Boxes.text(process.stdout()).block(Boxes.LONG)).isEqualTo("\nx\n");
        assertThat(process.exit().block(Boxes.LONG)).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"dash", "bash --posix", "busybox sh"})
    void whatCannotBeStartedIsToldOnce(String shell) throws IOException {
        Needs.that(isThere(shell), shell + " is not installed");
        Launch launch = launch(List.of("/nope"), "/");
        Standby standby = standby(shell);
        assertThatThrownBy(() -> processes.spawn(launch, standby, "1").block(Boxes.LONG))
                .isInstanceOf(SpawnException.class)
                .hasMessage("no such file or directory");
    }

    private static boolean isThere(String shell) {
        return Files.isExecutable(Path.of("/usr/bin/" + shell.split(" ")[0]));
    }

    /** In place of nsenter a program that notes how it was called and becomes what follows. */
    private Standby standby(String shell) throws IOException {
        Path enter = folder.resolve("enter");
        Files.writeString(enter, """
                #!/bin/sh
                for word; do
                  [ "$word" = /bin/sh ] && break
                  way="$way$word "
                  shift
                done
                echo "${way%% }" >%s
                exec "$@"
                """.formatted(folder.resolve("way")));
        Files.setPosixFilePermissions(enter, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> argv = new ArrayList<>(Arrays.asList(("/usr/bin/" + shell).split(" ")));
        argv.addAll(List.of("-c", Entry.STAND_BY, "sh", ":", enter.toString(), "-m"));
        return HostProcesses.standBy(argv, new Standby.Terms(ENV, Set.of(), false));
    }

    private static Launch launch(List<String> argv, String cwd) {
        return new Launch(List.of("/nowhere/enter"), List.of(), "", argv, cwd, ENV, false);
    }
}
