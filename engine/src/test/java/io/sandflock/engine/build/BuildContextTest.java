/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sandflock.InvalidInputException;
import io.sandflock.SandflockException;
import io.sandflock.engine.plan.ImageBuild;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive of a build context, as {@code tar} sees it. */
class BuildContextTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path temp;

    private Path folder;

    @BeforeEach
    void context() throws IOException {
        folder = Files.createDirectory(temp.resolve("context"));
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private ImageInput read() {
        return ImageReader.read(ImageBuild.of(folder.resolve("Dockerfile"))).block(PATIENCE);
    }

    private InvalidInputException refusal() {
        return catchThrowableOfType(InvalidInputException.class, this::read);
    }

    private static byte[] bytes(BuildContext context) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        context.archive()
                .content()
                .doOnNext(buffer -> {
                    byte[] chunk = new byte[buffer.remaining()];
                    buffer.get(chunk);
                    bytes.writeBytes(chunk);
                })
                .blockLast(PATIENCE);
        return bytes.toByteArray();
    }

    /** Lines of {@code tar -tv}: mode, and path. */
    private List<String> listed(ImageInput input) throws Exception {
        byte[] tar = bytes(input.context().orElseThrow());
        assertThat(tar).hasSize((int) input.context().orElseThrow().archive().size());
        Path file = Files.write(temp.resolve("context.tar"), tar);
        Process process = new ProcessBuilder("tar", "-tvf", file.toString())
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        return out.lines()
                .map(line -> line.replaceFirst("^(\\S+) .* \\d\\d:\\d\\d ", "$1 "))
                .toList();
    }

    @Test
    void whatIsNeededIsThereByNameWithItsMode() throws Exception {
        write("Dockerfile", "FROM x\nCOPY app run.sh missing* /\n");
        write("app/b.py", "b");
        write("app/a/c.py", "c");
        Files.createDirectories(folder.resolve("app/empty"));
        write("run.sh", "#!/bin/sh\n");
        Files.setPosixFilePermissions(folder.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x--x"));
        write("other.txt", "stays at home");
        assertThat(listed(read()))
                .extracting(line -> line.replaceFirst("^(.)\\S+ ", "$1 "))
                .containsExactly("d app/", "d app/a/", "- app/a/c.py", "- app/b.py", "d app/empty/", "- run.sh");
        assertThat(listed(read())).contains("-rwxr-x--x run.sh");
    }

    @Test
    void theSameContentIsTheSameArchiveWhereverAndWheneverItIs() throws Exception {
        write("Dockerfile", "FROM x\nCOPY . /\n");
        write("b", "2");
        write("a/x", "1");
        BuildContext first = read().context().orElseThrow();
        byte[] bytes = bytes(first);
        Files.setLastModifiedTime(folder.resolve("b"), FileTime.from(Instant.EPOCH));
        assertThat(read().context().orElseThrow().hash()).isEqualTo(first.hash());
        assertThat(bytes(read().context().orElseThrow())).isEqualTo(bytes);
        Files.setPosixFilePermissions(folder.resolve("b"), PosixFilePermissions.fromString("rwx------"));
        assertThat(read().context().orElseThrow().hash()).as("modes count").isNotEqualTo(first.hash());
    }

    @Test
    void theIgnoreFileOfTheDockerfileItselfComesFirst() throws Exception {
        write("Dockerfile", "FROM x\nCOPY . /\n");
        write("keep/a", "");
        write("keep/b", "");
        write("drop/c", "");
        write(".dockerignore", "*\n!keep\nkeep/b\n");
        assertThat(listed(read()))
                .extracting(line -> line.replaceFirst("^\\S+ ", ""))
                .containsExactly("keep/", "keep/a");
        write("Dockerfile.dockerignore", "keep\n*ignore\n");
        assertThat(listed(read()))
                .extracting(line -> line.replaceFirst("^\\S+ ", ""))
                .containsExactly("drop/", "drop/c");
    }

    @Test
    void aMissingSourceIsRefusedWithTheDockerfilesLine() throws Exception {
        write("Dockerfile", "FROM x\n\nCOPY a \\\n  there /\n");
        write("there", "");
        assertThat(refusal())
                .hasMessageContaining(
                        "Dockerfile:3: COPY needs 'a', which is not in the build context " + folder.toRealPath());
        write("a", "");
        write(".dockerignore", "a\n");
        assertThat(refusal()).hasMessageContaining("Dockerfile:3").hasMessageContaining(".dockerignore excludes");
        write("Dockerfile", "FROM x AS unused\nCOPY nonesuch /\nFROM y\nCOPY there /");
        assertThat(read().context()).isPresent();
    }

    @Test
    void whatLinksLeadToIsTakenInTheirPlace() throws Exception {
        write("Dockerfile", "FROM x\nCOPY links linked/deep /\n");
        write("real/file", "content");
        write("real/deep/x", "");
        Files.createDirectories(folder.resolve("links"));
        Files.createSymbolicLink(folder.resolve("links/file"), Path.of("../real/file"));
        Files.createSymbolicLink(folder.resolve("links/folder"), folder.resolve("real"));
        Files.createSymbolicLink(folder.resolve("linked"), Path.of("real"));
        assertThat(listed(read()))
                .extracting(line -> line.replaceFirst("^(.)\\S+ ", "$1 "))
                .containsExactly(
                        "d linked/deep/",
                        "- linked/deep/x",
                        "d links/",
                        "- links/file",
                        "d links/folder/",
                        "d links/folder/deep/",
                        "- links/folder/deep/x",
                        "- links/folder/file");
    }

    @Test
    void aLinkThatLeadsOutOrNowhereIsRefusedWithPathAndTarget() throws Exception {
        write("Dockerfile", "FROM x\nCOPY . /\n");
        Path link = folder.resolve("out");
        Files.createSymbolicLink(link, temp);
        assertThat(refusal())
                .hasMessageContaining(link.toString())
                .hasMessageContaining("a link to " + temp)
                .hasMessageContaining("outside");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("nonesuch"));
        assertThat(refusal())
                .hasMessageContaining("a link to nonesuch")
                .hasMessageContaining("a line 'out' in a .dockerignore");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("."));
        assertThat(refusal()).hasMessageContaining("lies in itself");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("out"));
        assertThat(refusal()).hasMessageContaining("cannot be followed");
        write(".dockerignore", "out\n");
        assertThat(read().context()).isPresent();
    }

    @Test
    void aLinkToWhatIsIgnoredDoesNotGiveItAway() throws Exception {
        write("Dockerfile", "FROM x\nCOPY . /\n");
        write(".dockerignore", "secret\n*ignore");
        write("secret/key", "k");
        write("open/x", "");
        Files.createSymbolicLink(folder.resolve("way"), Path.of("secret"));
        assertThat(refusal())
                .hasMessageContaining("a link to secret, which")
                .hasMessageContaining(".dockerignore excludes");
        Files.delete(folder.resolve("way"));
        write(".dockerignore", "secret/key\n*ignore");
        Files.createSymbolicLink(folder.resolve("way"), Path.of("secret"));
        assertThat(listed(read())).noneMatch(line -> line.contains("key"));
    }

    @Test
    void socketsAreRefusedUnlessTheyStayAtHome() throws Exception {
        write("Dockerfile", "FROM x\nCOPY . /\n");
        write("a", "");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(folder.resolve("s")));
            assertThat(refusal())
                    .hasMessageContaining(folder.resolve("s").toString())
                    .hasMessageContaining("neither");
            write(".dockerignore", "s\n");
            assertThat(read().context()).isPresent();
        }
    }

    @Test
    void aFileThatChangesWhileItIsSentIsAnError() throws Exception {
        write("Dockerfile", "FROM x\nCOPY a /\n");
        write("a", "12345");
        BuildContext context = read().context().orElseThrow();
        write("a", "54321");
        assertThat(catchThrowableOfType(SandflockException.class, () -> bytes(context)))
                .hasMessageContaining(folder.resolve("a").toString())
                .hasMessageContaining("changed");
        Files.delete(folder.resolve("a"));
        assertThat(catchThrowableOfType(SandflockException.class, () -> bytes(context)))
                .hasMessageContaining("is not there");
    }

    @Test
    void thePlatformsOwnDockerfileIsNotOverwritten() throws Exception {
        write("Dockerfile", "FROM x\nCOPY . /\n");
        write("a", "");
        assertThat(listed(read())).noneMatch(line -> line.endsWith("Dockerfile"));
        assertThat(read().warnings()).isEmpty();
        write("other.Dockerfile", "FROM y\nCOPY . /\n");
        ImageInput other = ImageReader.read(ImageBuild.of(folder.resolve("other.Dockerfile")))
                .block(PATIENCE);
        assertThat(other.warnings()).singleElement().asString().contains("Dockerfile");
    }

    @Test
    void aBuildThatNeedsNothingHasNoContext() throws Exception {
        write("Dockerfile", "FROM x\nRUN true");
        assertThat(read().context()).isEmpty();
        assertThat(read().dockerfile()).isEqualTo("FROM x\nRUN true");
        write("Dockerfile", "FROM x AS a\nARG V\nFROM a\nCOPY nonesuch /\n");
        Path file = folder.resolve("Dockerfile");
        ImageInput input = ImageReader.read(new ImageBuild(folder, file, Map.of("V", "1"), Optional.of("a")))
                .block(PATIENCE);
        assertThat(input.dockerfile()).isEqualTo("FROM x AS a\nARG V='1'\n");
        assertThat(input.context()).isEmpty();
    }
}
