/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much output there is: noted by one shell while another reads it, byte by byte if it is dash or BusyBox's. */
@Timeout(120)
class SizeNoteTest {

    /** A pump's step from 983,040 to 2,097,152 bytes, again and again, and a reader beside it. */
    private static final String DRIVER = """
            _base=$1 _stream=o _out=0 _err=0 _seg=2097152
            (
                _round=0
                while [ $_round -lt 3000 ]; do
                    rm -f "$_base.on"
                    _total=983040 _k=0
                    note 1
                    _total=2097152 _k=1
                    note 1
                    _round=$((_round + 1))
                done
            ) &
            _writer=$!
            _reads=0
            while kill -0 $_writer 2>/dev/null; do
                size o 2>/dev/null
                [ "$_size" -le 2097152 ] || { echo "more than there ever was: $_size"; exit 1; }
                _reads=$((_reads + 1))
            done
            size o
            echo "$_size"
            """;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", "/bin/dash", "/bin/bash", "/bin/busybox sh"})
    void whoReadsWhileItIsWrittenIsNeverToldOfMoreThanThereIs(String shell) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(shell.split(" ")));
        // Where all of them have to be, a missing one fails.
        Assumptions.assumeTrue(
                "true".equals(System.getenv("CI")) || Files.isExecutable(Path.of(command.get(0))),
                command.get(0) + " is not installed");
        command.addAll(List.of("-c", part("pump") + part("answer") + DRIVER, "sh", temp + "/1"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream out = process.getInputStream()) {
            assertThat(new String(out.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("2097152\n");
        }
        assertThat(process.waitFor()).isZero();
    }

    private static String part(String name) throws IOException {
        try (InputStream resource = ClaimProgram.class.getResourceAsStream("claim/" + name + ".sh")) {
            assertThat(resource).isNotNull();
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8) + "\n";
        }
    }
}
