/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalContentsTest {

    @TempDir
    Path folder;

    @Test
    void aFolderIsWrittenWithAllThatIsInIt() throws IOException {
        Files.createDirectories(folder.resolve("sub/empty"));
        Files.writeString(folder.resolve("top.txt"), "top");
        Files.writeString(folder.resolve("sub/deep.txt"), "x".repeat(200_000));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("top.txt"));
        Bench bench = new Bench();

        bench.environment.writeFile("to", FileContent.local(folder)).block(Bench.PATIENCE);

        assertThat(bench.workDir.resolve("to/top.txt")).hasContent("top");
        assertThat(Files.readSymbolicLink(bench.workDir.resolve("to/link"))).hasToString("top.txt");
        assertThat(bench.workDir.resolve("to/sub/deep.txt")).hasContent("x".repeat(200_000));
        assertThat(bench.workDir.resolve("to/sub/empty")).isDirectory();
    }

    @Test
    void aFolderOfAThousandFilesIsOneUploadAndOneCommand() throws IOException {
        for (int i = 0; i < 1000; i++) {
            Files.writeString(folder.resolve("file" + i), "content " + i);
        }
        Bench bench = new Bench();

        bench.environment.writeFile("to", FileContent.local(folder)).block(Bench.PATIENCE);

        assertThat(bench.workDir.resolve("to/file999")).hasContent("content 999");
        assertThat(bench.toolbox.requests).hasValue(2);
    }

    @Test
    void aPipeIsRefusedBeforeAnythingIsSent() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", folder.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        Bench bench = new Bench();
        assertThatThrownBy(() -> bench.environment
                        .writeFile("to", FileContent.local(folder))
                        .block(Bench.PATIENCE))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("pipe");
        assertThatThrownBy(() -> bench.environment
                        .writeFile("to", FileContent.local(folder.resolve("pipe")))
                        .block(Bench.PATIENCE))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("pipe");
        assertThat(bench.toolbox.requests).hasValue(0);
    }

    @Test
    void aLocalFileThatIsNotThereIsNamed() {
        Bench bench = new Bench();
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> bench.environment
                        .writeFile("to", FileContent.local(missing))
                        .block(Bench.PATIENCE))
                .isInstanceOf(FileException.class)
                .hasMessageContaining("missing");
    }
}
