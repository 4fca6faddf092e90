/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.FileContent;
import io.sandflock.FileException.Errno;
import io.sandflock.LimitExceededException;
import io.sandflock.SandflockException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** Folders, and files of any size, between this machine and the environment. */
public interface TransferClaims extends EnvironmentUnderTest {

    private void upload(String path, Path folder) {
        environment().writeFile(path, FileContent.local(folder)).block(PATIENCE);
    }

    private void download(String path, Path target) {
        environment().download(path, target).block(PATIENCE);
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static Path file(Path folder, String name, String content, String mode) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        return file;
    }

    @Test
    default void aFolderIsUploadedWithItsModesLinksAndEmptyFolders(@TempDir Path from) throws IOException {
        file(from, "run.sh", "#!/bin/sh\necho ran\n", "rwxr-xr-x");
        file(from, "deep/er/secret", "s", "rw-------");
        Files.createDirectories(from.resolve("empty/folder"));
        Files.createSymbolicLink(from.resolve("link"), Path.of("deep/er"));
        Files.createSymbolicLink(from.resolve("dangling"), Path.of("/no/such/place"));
        String to = fresh("uploaded") + "/below";
        upload(to, from);
        assertThat(out("cd " + to
                        + " && ./run.sh && cat link/secret && readlink link && readlink dangling && stat -c %a run.sh"
                        + " deep/er/secret && ls empty"))
                .isEqualTo("ran\nsdeep/er\n/no/such/place\n755\n600\nfolder\n");
    }

    @Test
    default void whatIsUploadedBelongsToTheDefaultUser(@TempDir Path from) throws IOException {
        file(from, "mine", "x", "rw-r--r--");
        String to = fresh("owned");
        upload(to, from);
        assertThat(out("stat -c %u " + to + "/mine")).isEqualTo(out("id -u"));
    }

    @Test
    default void aFolderIsAddedToADirectoryThatExists(@TempDir Path from) throws IOException {
        file(from, "new", "new", "rw-r--r--");
        file(from, "same", "other", "rw-r--r--");
        String to = fresh("merged");
        write(to + "/old", "old");
        write(to + "/same", "same");
        out("chmod 750 " + to);
        upload(to, from);
        assertThat(out("cd " + to + " && cat new old same && stat -c %a .")).isEqualTo("newoldother750\n");
    }

    @Test
    default void whatIsInAFolderThatMayNotBeWrittenIsUploaded(@TempDir Path from) throws IOException {
        file(from, "shut/inner/file", "x", "r--r--r--");
        for (String folder : List.of("shut/inner", "shut")) {
            Files.setPosixFilePermissions(from.resolve(folder), PosixFilePermissions.fromString("r-xr-xr-x"));
        }
        String to = fresh("shut");
        upload(to, from);
        assertThat(out("cd " + to + " && cat shut/inner/file && stat -c %a shut shut/inner && chmod -R u+w ."))
                .isEqualTo("x555\n555\n");
        for (String folder : List.of("shut", "shut/inner")) {
            Files.setPosixFilePermissions(from.resolve(folder), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    default void aFolderIsNotUploadedOverAFile(@TempDir Path from) throws IOException {
        file(from, "f", "x", "rw-r--r--");
        String path = fresh("plain");
        write(path, "x");
        refuses(environment().writeFile(path, FileContent.local(from)), Errno.ENOTDIR, path);
        refuses(environment().writeFile(path + "/a/b", FileContent.local(from)), Errno.ENOTDIR, path + "/a/b");
        assertThat(read(path)).containsExactly('x');
    }

    @Test
    default void aFolderIsNotUploadedWhereTheUserMayNotWrite(@TempDir Path from) throws IOException {
        needsPermissionBits();
        file(from, "f", "x", "rw-r--r--");
        String path = fresh("closed");
        out("mkdir " + path + " && chmod 555 " + path);
        refuses(environment().writeFile(path, FileContent.local(from)), Errno.EACCES, path);
        refuses(environment().writeFile(path + "/new", FileContent.local(from)), Errno.EACCES, path + "/new");
    }

    @Test
    default void aLocalFileThatIsNotThereIsNamed(@TempDir Path from) {
        String missing = from.resolve("missing").toString();
        refuses(environment().writeFile(fresh("to"), FileContent.local(Path.of(missing))), Errno.ENOENT, missing);
    }

    @Test
    default void namesOfAnyCharacterTravelBothWays(@TempDir Path folder) throws IOException {
        List<String> names = List.of(
                " ",
                "line\nend\n",
                "50%25 %2e%2e",
                "-rf",
                "https:/example.org/a?b=c#d",
                "\u00e9\ud83d\ude00",
                "it's $(id) `id` \"\\",
                "n".repeat(250),
                "d".repeat(200) + "/" + "e".repeat(200) + "/f");
        for (String name : names) {
            file(folder, "from/" + name, name, "rw-r--r--");
        }
        String path = fresh("any");
        upload(path, folder.resolve("from"));
        assertThat(new String(read(path + "/line\nend\n"), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("line\nend\n");
        download(path, folder.resolve("back"));
        for (String name : names) {
            assertThat(folder.resolve("back/" + name)).hasContent(name);
        }
        try (var all = Files.walk(folder.resolve("back"))) {
            assertThat(all.filter(Files::isRegularFile)).hasSameSizeAs(names);
        }
    }

    @Test
    default void aNameThatIsNoTextTravelsBothWays(@TempDir Path folder) {
        String path = fresh("bytes");
        out("mkdir " + path + " && cd " + path
                + " && n=$(printf 'a\\377\\303') && printf odd >\"$n\" && mkdir \"$n.d\" && ln -s"
                + " \"$n\" \"$n.d/l\" && rm \"$n.d/l\" && ln -s ../\"$n\" \"$n.d/l\"");
        download(path, folder.resolve("here"));
        upload(path + ".back", folder.resolve("here"));
        assertThat(out("cd " + path + ".back && cat \"$(printf 'a\\377\\303')\" \"$(printf 'a\\377\\303').d/l\""))
                .isEqualTo("oddodd");
    }

    @Test
    default void aDirectoryIsDownloadedWithItsModesLinksAndEmptyDirectories(@TempDir Path folder) throws IOException {
        String path = fresh("brought");
        out("mkdir -p " + path + "/deep/er " + path + "/empty && cd " + path + " && echo x >deep/er/file && chmod 640"
                + " deep/er/file && ln -s deep/er link && ln -s ../link/file deep/up && ln -s nowhere dangling"
                + " && ln deep/er/file twin && chmod 750 empty && chmod 555 deep/er && TZ=UTC0 touch -d"
                + " '2024-02-29 12:30:00' twin");
        Path target = folder.resolve("target");
        download(path, target);
        assertThat(target.resolve("deep/er/file")).hasContent("x\n");
        assertThat(target.resolve("twin")).hasContent("x\n");
        assertThat(target.resolve("deep/up")).hasContent("x\n");
        assertThat(Files.readSymbolicLink(target.resolve("link"))).hasToString("deep/er");
        assertThat(Files.readSymbolicLink(target.resolve("dangling"))).hasToString("nowhere");
        assertThat(mode(target.resolve("deep/er/file"))).isEqualTo("rw-r-----");
        assertThat(mode(target.resolve("empty"))).isEqualTo("rwxr-x---");
        assertThat(mode(target.resolve("deep/er"))).isEqualTo("r-xr-xr-x");
        assertThat(Files.getLastModifiedTime(target.resolve("twin"))).hasToString("2024-02-29T12:30:00Z");
        Files.setPosixFilePermissions(target.resolve("deep/er"), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    default void pipesAndTheBitsThatLendRightsStayBehind(@TempDir Path folder) throws IOException {
        String path = fresh("tricks");
        out("mkdir " + path + " && cd " + path + " && mkfifo pipe && echo x >run && chmod 6755 run");
        download(path, folder.resolve("here"));
        assertThat(folder.resolve("here")).isDirectoryNotContaining("glob:**pipe");
        assertThat((int) Files.getAttribute(folder.resolve("here/run"), "unix:mode") & 07777)
                .isEqualTo(0755);
    }

    @Test
    default void aDirectoryWithALinkThatLeadsOutIsNotDownloaded(@TempDir Path folder) throws IOException {
        for (String target : List.of("/etc/passwd", "../../x", "inner/..//../../x", "../self/../..")) {
            String path = fresh("escape");
            out("mkdir -p " + path + "/inner && cd " + path + " && echo x >file && ln -s . self && ln -s '" + target
                    + "' inner/out");
            assertThatThrownBy(() -> download(path, folder.resolve("here")))
                    .as(target)
                    .isInstanceOfSatisfying(
                            SandflockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FILE_ERROR))
                    .hasMessageContaining(path)
                    .hasMessageContaining("inner/out");
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    default void aFileIsDownloadedAndReplacesTheOneThatWasThere(@TempDir Path folder) throws IOException {
        String path = fresh("single");
        write(path, "new");
        out("chmod 750 " + path);
        Path target = file(folder, "target", "old", "rw-r--r--");
        download(path, target);
        assertThat(target).hasContent("new");
        assertThat(mode(target)).isEqualTo("rwxr-x---");
        assertThat(folder).isDirectoryNotContaining("glob:**part");
    }

    @Test
    default void aDownloadNeverMixesWithWhatIsThere(@TempDir Path folder) throws IOException {
        String path = fresh("mixed");
        write(path + "/file", "x");
        file(folder, "full/old", "old", "rw-r--r--");
        Files.createDirectory(folder.resolve("empty"));
        refuses(
                environment().download(path, folder.resolve("full")),
                Errno.ENOTEMPTY,
                folder.resolve("full").toString());
        refuses(
                environment().download(path + "/file", folder.resolve("full")),
                Errno.EISDIR,
                folder.resolve("full").toString());
        refuses(
                environment().download(path, folder.resolve("full/old")),
                Errno.EEXIST,
                folder.resolve("full/old").toString());
        download(path, folder.resolve("empty"));
        assertThat(folder.resolve("empty/file")).hasContent("x");
        assertThat(folder.resolve("full")).isDirectoryContaining("glob:**old");
        assertThat(folder).isDirectoryNotContaining("glob:**part");
    }

    @Test
    default void whatIsTooLargeIsNotDownloadedAndNothingOfItIsLeft(@TempDir Path folder) throws IOException {
        String path = fresh("large");
        out("mkdir " + path + " && cd " + path + " && head -c 3000000 /dev/zero >big && echo x >small");
        for (String what : List.of(path, path + "/big")) {
            assertThatThrownBy(() -> environment()
                            .download(what, folder.resolve("here"), 2_000_000)
                            .block(PATIENCE))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageContaining(what);
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    default void whatCannotBeDownloadedIsNamed(@TempDir Path folder) {
        String path = fresh("pipe");
        out("mkfifo " + path);
        Path target = folder.resolve("here");
        refuses(environment().download(path, target), Errno.EINVAL, path);
        refuses(environment().download("nonexistent", target), Errno.ENOENT, "nonexistent");
        refuses(environment().download(path + "/below", target), Errno.ENOTDIR, path + "/below");
        refuses(environment().download("", target), Errno.ENOENT, "");
        assertThat(target).doesNotExist();
    }

    @Test
    default void aDirectoryThatTheUserMayNotReadIsNotDownloaded(@TempDir Path folder) {
        needsPermissionBits();
        String path = fresh("unread");
        write(path + "/inner/file", "x");
        out("chmod 000 " + path + "/inner/file");
        refuses(environment().download(path, folder.resolve("a")), Errno.EACCES, path);
        out("chmod 300 " + path + "/inner");
        refuses(environment().download(path + "/inner", folder.resolve("b")), Errno.EACCES, path + "/inner");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    default void aHundredMebibytesAreStreamedInAndOut() {
        // As long as it takes: an environment may be far away, and a machine busy.
        Duration patience = PATIENCE.multipliedBy(4);
        int part = 1 << 16;
        long size = 100L << 20;
        byte[] pattern = new byte[part];
        new java.util.Random(7).nextBytes(pattern);
        CRC32 expected = new CRC32();
        Flux<ByteBuffer> content = Flux.range(0, (int) (size / part)).map(i -> ByteBuffer.wrap(pattern));
        for (long at = 0; at < size; at += part) {
            expected.update(pattern);
        }
        String path = fresh("hundred");
        environment().writeFile(path, FileContent.stream(content, size)).block(patience);
        CRC32 read = new CRC32();
        long length = environment()
                .readStream(path)
                .doOnNext(bytes -> read.update(bytes.duplicate()))
                .map(bytes -> (long) bytes.remaining())
                .reduce(0L, Long::sum)
                .blockOptional(patience)
                .orElseThrow();
        assertThat(length).isEqualTo(size);
        assertThat(read.getValue()).isEqualTo(expected.getValue());
        out("rm " + path);
    }

    @Test
    default void aStreamThatIsShorterOrLongerThanWasSaidIsNotWritten() {
        String path = fresh("liar");
        for (long said : new long[] {2, 4}) {
            FileContent content = FileContent.stream(Flux.just(ByteBuffer.wrap(new byte[3])), said);
            assertThatThrownBy(() -> environment().writeFile(path, content).block(PATIENCE))
                    .hasMessageContaining(said + " bytes");
        }
    }

    @Test
    default void aStreamIsReadOnlyAsFarAsItIsWanted() {
        String path = fresh("tasted");
        out("head -c 50000000 /dev/zero >" + path);
        assertThat(environment().readStream(path).next().block(PATIENCE)).matches(ByteBuffer::hasRemaining);
        assertThat(vanishes(path)).isTrue();
    }

    @Test
    default void aFileWithoutContentIsAnEmptyStream() {
        String path = fresh("nothing");
        out(": >" + path);
        assertThat(content(path)).isEmpty();
    }

    @Test
    default void whatIsNoFileIsNoStream() {
        String path = fresh("nostream");
        out("mkdir " + path + " && mkfifo " + path + ".pipe");
        refuses(environment().readStream(path).then(), Errno.EISDIR, path);
        refuses(environment().readStream(path + ".pipe").then(), Errno.EINVAL, path + ".pipe");
        refuses(environment().readStream(path + "/x").then(), Errno.ENOENT, path + "/x");
        refuses(environment().readStream("").then(), Errno.ENOENT, "");
    }

    @Test
    default void namesOfAnyCharacterAreStreamed() {
        for (String name : List.of(" a \n%41", "https:/example.org/a?b=c#d", "\u00e9")) {
            String path = fresh("s") + "/" + name;
            write(path, name);
            assertThat(content(path)).isEqualTo(name);
        }
    }

    private String content(String path) {
        return environment()
                .readStream(path)
                .map(bytes ->
                        java.nio.charset.StandardCharsets.UTF_8.decode(bytes).toString())
                .reduce("", String::concat)
                .blockOptional(PATIENCE)
                .orElseThrow();
    }
}
