/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.docker.DockerEngine;
import io.sandflock.engine.plan.ImageBuild;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a platform builds from our text and our archive, with neither arguments nor target, is what {@code docker build} builds from the
 * user's own files with both.
 */
class DockerBuildTest {

    @RegisterExtension
    static final DockerEngine ENGINE = new DockerEngine();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LISTING = "cd /out && find . | sort; find . -type f | sort | tr '\\n' '\\0' >/list;"
            + " xargs -0 md5sum </list; xargs -0 stat -c '%a %n' </list";

    @TempDir
    private Path temp;

    private final Map<String, String> args = new LinkedHashMap<>();

    private void write(String name, String text) throws IOException {
        Path file = temp.resolve("context").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void context() throws IOException {
        write("a.txt", "a");
        write("b c.txt", "b c");
        write("src/x/one.py", "1");
        write("src/x/one.md", "1");
        write("src/y/two.py", "2");
        write("src/y/keep.md", "k");
        write("v2/file", "v2");
        write("node_modules/m/index.js", "m");
        Path script = temp.resolve("context/run.sh");
        Files.writeString(script, "#!/bin/sh\necho hi\n");
        Files.setPosixFilePermissions(script, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-x--x"));
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(String.join(" ", command) + "\n" + out)
                .isZero();
        return out;
    }

    private static String listing(String image) throws Exception {
        try {
            return run("docker", "run", "--rm", "--network", "none", image, "sh", "-c", LISTING);
        } finally {
            run("docker", "rmi", image);
        }
    }

    private String dockers(Optional<String> target) throws Exception {
        List<String> command = new ArrayList<>(List.of("docker", "build", "-q", "-t", "sandflock-test/theirs:1"));
        args.forEach((name, value) -> command.addAll(List.of("--build-arg", name + "=" + value)));
        target.ifPresent(stage -> command.addAll(List.of("--target", stage)));
        command.add(temp.resolve("context").toString());
        run(command.toArray(String[]::new));
        return listing("sandflock-test/theirs:1");
    }

    private String ours(Optional<String> target) throws Exception {
        Path context = temp.resolve("context");
        ImageInput input = ImageReader.read(new ImageBuild(context, context.resolve("Dockerfile"), args, target))
                .block(PATIENCE);
        Path sent = Files.createDirectory(temp.resolve("sent"));
        if (input.context().isPresent()) {
            Path tar = temp.resolve("sent.tar");
            try (OutputStream out = Files.newOutputStream(tar);
                    WritableByteChannel channel = Channels.newChannel(out)) {
                input.context().get().archive().content().toIterable().forEach(buffer -> write(channel, buffer));
            }
            run("tar", "-xpf", tar.toString(), "-C", sent.toString());
        }
        // Beside the context: one that .dockerignore keeps at home must not come back by this way.
        Path text = Files.writeString(temp.resolve("text"), input.dockerfile());
        run("docker", "build", "-q", "-f", text.toString(), "-t", "sandflock-test/ours:1", sent.toString());
        return listing("sandflock-test/ours:1");
    }

    private static void write(WritableByteChannel channel, java.nio.ByteBuffer buffer) {
        try {
            channel.write(buffer);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void assertSame(Optional<String> target, String... lines) throws Exception {
        context();
        write("Dockerfile", String.join("\n", lines) + "\n");
        assertThat(ours(target)).isEqualTo(dockers(target)).isNotBlank();
    }

    @Test
    void copiesOfAllKindsAreTheSame() throws Exception {
        write(".dockerignore", "**/*.md\n!src/y/keep.md\nnode_modules\n.dockerignore\nDockerfile\n");
        assertSame(
                Optional.empty(),
                "# a comment",
                "ARG BASE=sandflock-test/busybox:1",
                "FROM $BASE",
                "ENV DIR=src",
                "COPY . /out/all/",
                "COPY --chmod=700 $DIR/*/one.py a.txt \\",
                "  # in between",
                "  run.sh /out/some/",
                "COPY [\"b c.txt\", \"/out/blank/\"]",
                "ADD nothing* v2 /out/v/",
                "COPY <<EOF /out/text",
                "COPY this is text",
                "EOF",
                "RUN --mount=type=bind,source=src,target=/m cp -r /m /out/mounted",
                "COPY --from=sandflock-test/busybox:1 /bin/busybox /out/bin/");
    }

    @Test
    void argumentsAndTargetAreTheSame() throws Exception {
        args.put("VERSION", "2");
        args.put("TEXT", "it's \"5$\" \\ and $HOME 'more'");
        args.put("LATER", "given");
        assertSame(
                Optional.of("middle"),
                "ARG VERSION=1",
                "FROM sandflock-test/busybox:1 AS base",
                "ARG VERSION",
                "ARG TEXT=\"a default\" LATER",
                "COPY v$VERSION /out/v",
                "RUN mkdir -p /out && printf '%s' \"$TEXT\" > /out/text && printf '%s' \"$LATER\" > /out/later",
                "FROM base AS Middle",
                "ARG VERSION=3",
                "ENV FILE=a.txt",
                "COPY ${FILE:-nonesuch} ${NONE:-run.sh} /out/$VERSION/",
                "FROM base",
                "COPY nonesuch /out/");
    }
}
