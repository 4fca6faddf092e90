/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.SandboxSpec;
import io.sandflock.engine.document.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxResolutionTest {

    private static final List<String> FOUND =
            List.of("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "Dockerfile");

    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void folder() throws IOException {
        folder = Files.createDirectory(temporary.resolve("eval"));
    }

    private void touch(String name) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), "");
    }

    private SandboxSpec resolve(String text) {
        return SandboxResolution.resolve(text, new HostFolder(folder, false));
    }

    @Test
    void anEmptyFolderMeansTheDefaultSnapshot() {
        assertThat(SandboxResolution.detect(folder)).isEqualTo(SandboxSpec.defaultSnapshot());
    }

    @Test
    void theFirstFileInOrderIsDetected() throws IOException {
        for (int last = FOUND.size() - 1; last >= 0; last--) {
            touch(FOUND.get(last));
            Path file = folder.resolve(FOUND.get(last));
            SandboxSpec expected = last == 4 ? new SandboxSpec.Dockerfile(file) : new SandboxSpec.Compose(file);
            assertThat(SandboxResolution.detect(folder)).isEqualTo(expected);
        }
    }

    @Test
    void aFolderOfThatNameIsNotDetected() throws IOException {
        Files.createDirectory(folder.resolve("compose.yaml"));
        assertThat(SandboxResolution.detect(folder)).isEqualTo(SandboxSpec.defaultSnapshot());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Dockerfile", "Dockerfile.gpu", "test.Dockerfile", "sub/Dockerfile", "./sub/a.b.Dockerfile"})
    void aDockerfileIsOneByItsName(String name) throws IOException {
        touch(name);
        assertThat(resolve(name))
                .isEqualTo(new SandboxSpec.Dockerfile(folder.resolve(name).normalize()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"compose.yaml", "docker-compose.yml", "web-compose.yaml", "sub/services.yml"})
    void everyYamlFileIsACompose(String name) throws IOException {
        touch(name);
        assertThat(resolve(name)).isEqualTo(new SandboxSpec.Compose(folder.resolve(name)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "python:3.12-slim",
                "docker.io/library/python",
                "ghcr.io:443/a/b-c/d__e:V1.0",
                "user/image",
                "alpine@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "localhost:5000/x"
            })
    void aReferenceIsAnImage(String reference) {
        assertThat(resolve(reference)).isEqualTo(SandboxSpec.image(reference));
    }

    @ParameterizedTest
    @ValueSource(strings = {"python", "daytona-small", "inspect-dind-2cpu-4gb-0gpu", "My_Snapshot.v2", "0a1b"})
    void aNameIsASnapshot(String name) {
        assertThat(resolve(name)).isEqualTo(SandboxSpec.snapshot(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "two words",
                "./script.sh",
                "../elsewhere",
                "/etc",
                "~/x",
                "-rf",
                "a:b:c",
                "UPPER/Case",
                "a@b",
                "$(id)",
                "a\nb",
                "."
            })
    void anythingElseIsRefusedWithWhatIsAccepted(String text) {
        assertThatThrownBy(() -> resolve(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(Problems.shown(text) + " is no sandbox; accepted: " + SandboxResolution.ACCEPTED);
    }

    @Test
    void aFileThatIsMissingIsNamed() {
        assertThatThrownBy(() -> resolve("sub/compose.yaml"))
                .hasMessage("no such file: 'sub/compose.yaml' (looked for " + folder + "/sub/compose.yaml)");
    }

    @ParameterizedTest
    @CsvSource({"snapshot, org/snap:1", "image, python", "dockerfile, build.docker", "compose, services"})
    void aKindCanBeSaid(String kind, String text) throws IOException {
        touch(text);
        SandboxSpec spec = SandboxResolution.resolve(kind, text, new HostFolder(folder, false));
        assertThat(spec.getClass().getSimpleName()).isEqualToIgnoringCase(kind);
    }

    @Test
    void aKindThatIsNoneIsRefused() {
        HostFolder host = new HostFolder(folder, false);
        assertThatThrownBy(() -> SandboxResolution.resolve("snapshoot", "x", host))
                .hasMessage(
                        "unknown key 'snapshoot'; accepted: snapshot, image, dockerfile, compose; did you mean 'snapshot'?");
        assertThatThrownBy(() -> SandboxResolution.resolve("image", "Not An Image", host))
                .hasMessage("'Not An Image' is not an image reference");
    }

    @Test
    void aConfinedFolderIsNotLeftByDotsLinksOrRoots() throws IOException {
        Files.writeString(temporary.resolve("secret"), "s");
        Files.createSymbolicLink(folder.resolve("link"), temporary.resolve("secret"));
        touch("inside/ok");
        HostFolder confined = new HostFolder(folder, true);
        assertThat(confined.existing("inside/../inside/ok")).isEqualTo(folder.resolve("inside/ok"));
        for (String path : List.of("../secret", "link", "/etc/passwd", "inside/../../secret", "../none")) {
            assertThatThrownBy(() -> confined.existing(path))
                    .as(path)
                    .hasMessage("the path '" + path
                            + "' leaves the eval's folder; a dataset may name files inside it only");
        }
        assertThat(new HostFolder(folder, false).existing("../secret")).isEqualTo(temporary.resolve("secret"));
    }
}
