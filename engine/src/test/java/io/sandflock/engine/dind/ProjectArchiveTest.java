/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.Project.Upload;
import io.sandflock.engine.tar.TarArchive;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What `tar` finds in the archive that is sent. */
class ProjectArchiveTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private String listed(Project project) throws IOException, InterruptedException {
        TarArchive archive = Objects.requireNonNull(ProjectArchive.of(project).block(PATIENCE));
        byte[] bytes = new byte[Math.toIntExact(archive.size())];
        archive.content().reduce(ByteBuffer.wrap(bytes), ByteBuffer::put).block(PATIENCE);
        Path file = Files.write(folder.resolve("sent.tar"), bytes);
        Process tar = new ProcessBuilder("tar", "-tvf", file.toString(), "--numeric-owner")
                .redirectErrorStream(true)
                .start();
        String text = new String(tar.getInputStream().readAllBytes());
        assertThat(tar.waitFor()).as(text).isZero();
        return text.replaceAll(" +\\S+ \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d", "").replaceAll("(?m)^(\\S+) 0/0", "$1");
    }

    private static Project project(List<Upload> uploads) {
        return new Project(Map.of("services", Map.of()), uploads, List.of(), "main");
    }

    @Test
    void modesLinksAndEmptyFoldersTravel() throws Exception {
        Path source = Files.createDirectory(folder.resolve("source"));
        Files.writeString(source.resolve("run.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(source.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x---"));
        Files.createSymbolicLink(source.resolve("away"), Path.of("../elsewhere"));
        Files.createDirectory(source.resolve("empty"));
        assertThat(listed(project(List.of(new Upload("project", source, false))))
                        .lines())
                .anyMatch(line -> line.startsWith("-rw-------") && line.endsWith(" compose.json"))
                .anyMatch(line -> line.startsWith("-rwxr-x---") && line.endsWith(" project/run.sh"))
                .anyMatch(line -> line.startsWith("l") && line.endsWith(" project/away -> ../elsewhere"))
                .anyMatch(line -> line.startsWith("d") && line.endsWith(" project/empty/"));
    }

    @Test
    void whatAContextIgnoresStaysAtHomeButNotWhatABuildNeeds() throws Exception {
        Path source = Files.createDirectory(folder.resolve("context"));
        Files.writeString(source.resolve(".dockerignore"), "*\n!kept\n");
        Files.writeString(source.resolve("Dockerfile"), "FROM scratch\n");
        Files.writeString(source.resolve("secret"), "s");
        Files.writeString(source.resolve("kept"), "k");
        List<String> context = listed(project(List.of(new Upload("context-1", source, true))))
                .lines()
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .toList();
        assertThat(context)
                .containsExactlyInAnyOrder(
                        "compose.json",
                        "context-1/",
                        "context-1/.dockerignore",
                        "context-1/Dockerfile",
                        "context-1/kept");
        assertThat(listed(project(List.of(new Upload("project", source, false)))))
                .contains("project/secret");
    }

    @Test
    void whatIsNoFileIsRefused() throws Exception {
        Path source = Files.createDirectory(folder.resolve("piped"));
        assertThat(new ProcessBuilder("mkfifo", source.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThatThrownBy(() -> ProjectArchive.of(project(List.of(new Upload("project", source, false))))
                        .block(PATIENCE))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("piped/pipe");
    }
}
