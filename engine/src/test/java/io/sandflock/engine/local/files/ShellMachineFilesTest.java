/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineFiles.Stat;
import io.sandflock.engine.local.http.ByteLimit;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.toolbox.ProcessMachine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Timeout(60)
class ShellMachineFilesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> NAMES = List.of(
            "plain",
            "with blank",
            "-rf",
            "--",
            "line\nend",
            "tail\n",
            "é漢🙂",
            "quote'\"$(touch x)`",
            "*?[a]",
            "back\\0101",
            "%s");

    @TempDir
    Path folder;

    private ProcessMachine machine;
    private MachineFiles files;

    @BeforeEach
    void begin() {
        machine = new ProcessMachine(folder, "/bin/sh");
        files = machine.files();
    }

    @Test
    void anyNameIsWrittenReadFoundMovedAndDeleted() {
        for (String name : NAMES) {
            write(name, "of " + name);
            assertThat(read(name)).as(name).isEqualTo("of " + name);
            assertThat(stat(name).name()).isEqualTo(name);
            files.move(name, name + "2").block(PATIENCE);
            files.move(name + "2", name).block(PATIENCE);
        }
        assertThat(files.list(".").block(PATIENCE)).extracting(Stat::name).containsExactlyInAnyOrderElementsOf(NAMES);
        NAMES.forEach(name -> files.delete(name, false).block(PATIENCE));
        assertThat(files.list(folder.toString()).block(PATIENCE)).isEmpty();
    }

    @Test
    void everyByteIsKept() throws IOException {
        long seed = 20261123;
        byte[] bytes = new byte[1_234_567];
        new Random(seed).nextBytes(bytes);
        Flux<ByteBuffer> chunks = Flux.range(0, 124)
                .map(i -> ByteBuffer.wrap(bytes, i * 10_000, Math.min(10_000, bytes.length - i * 10_000)));

        assertThat(files.write(folder + "/a/b/c", chunks).block(PATIENCE)).isEqualTo(bytes.length);

        assertThat(Files.readAllBytes(folder.resolve("a/b/c"))).isEqualTo(bytes);
        assertThat(all("a/b/c")).isEqualTo(bytes);
        assertThat(stat("a/b/c").size()).isEqualTo(bytes.length);
    }

    @Test
    void anEmptyFileIsAFile() {
        assertThat(files.write("empty", Flux.empty()).block(PATIENCE)).isZero();
        assertThat(all("empty")).isEmpty();
    }

    @Test
    void aRewrittenFileKeepsItsModeAndANewOneHasTheUsualOne() throws IOException {
        write("a", "long contents");
        assertThat(stat("a").mode() & 0777).isEqualTo(0644);
        files.setPermissions("a", Optional.of(0750), Optional.empty(), Optional.empty())
                .block(PATIENCE);
        write("a", "short");
        assertThat(stat("a").mode() & 0777).isEqualTo(0750);
        assertThat(read("a")).isEqualTo("short");
    }

    @Test
    void aFolderHasTheModeThatWasAskedForUnderTheUmask() {
        files.createFolder("x/y", 0700).block(PATIENCE);
        assertThat(stat("x/y").mode() & 0777).isEqualTo(0700);
        files.createFolder("z", 0777).block(PATIENCE);
        assertThat(stat("z").mode() & 0777).isEqualTo(0755);
        assertThat(stat("z").isDirectory()).isTrue();
    }

    @Test
    void linksAreFollowedAndDanglingOnesAreLeftOut() throws IOException {
        write("target", "12345");
        Files.createSymbolicLink(folder.resolve("good"), Path.of("target"));
        Files.createSymbolicLink(folder.resolve("bad"), Path.of("nowhere"));
        assertThat(stat("good").size()).isEqualTo(5);
        assertThat(stat("good").isRegular()).isTrue();
        assertThat(files.list(".").block(PATIENCE)).extracting(Stat::name).containsExactly("good", "target");
        files.delete("bad", false).block(PATIENCE);
        files.delete("good", true).block(PATIENCE);
        assertThat(read("target")).isEqualTo("12345");
    }

    @Test
    void aFifoAndADeviceAreRefusedInsteadOfWaitedFor() {
        run("mkfifo pipe");
        assertErrno(Errno.EINVAL, all(Flux.from(files.read("pipe"))));
        assertErrno(Errno.EINVAL, files.write("pipe", bytes("x")));
        assertErrno(Errno.EINVAL, all(files.read("/dev/zero")));
    }

    @Test
    void anErrorHasItsPosixName() throws IOException {
        write("file", "x");
        files.createFolder("dir/below", 0755).block(PATIENCE);
        Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));

        assertErrno(Errno.ENOENT, files.stat("absent"));
        assertErrno(Errno.ENOENT, files.stat(""));
        assertErrno(Errno.ENOENT, all(files.read("absent")));
        assertErrno(Errno.ENOENT, files.list("absent"));
        assertErrno(Errno.ENOENT, files.delete("absent", true));
        assertErrno(Errno.ENOENT, files.move("absent", "x"));
        assertErrno(Errno.ENOENT, files.move("file", "absent/x"));
        assertErrno(
                Errno.ENOENT, files.setPermissions("absent", Optional.of(0600), Optional.empty(), Optional.empty()));
        assertErrno(Errno.ENOTDIR, files.stat("file/x"));
        assertErrno(Errno.ENOTDIR, files.list("file"));
        assertErrno(Errno.ENOTDIR, files.createFolder("file/x", 0755));
        assertErrno(Errno.EEXIST, files.createFolder("file", 0755));
        assertErrno(Errno.EEXIST, files.move("file", "dir"));
        assertErrno(Errno.EISDIR, all(files.read("dir")));
        assertErrno(Errno.EISDIR, files.write("dir", bytes("x")));
        assertErrno(Errno.EISDIR, files.delete("dir", false));
        assertErrno(Errno.ELOOP, files.stat("loop"));
        assertErrno(Errno.ENAMETOOLONG, files.stat("a".repeat(300)));
        assertErrno(Errno.ENAMETOOLONG, files.stat("a/".repeat(3000)));
        assertErrno(Errno.EINVAL, files.stat("nul\0"));
        assertErrno(
                Errno.EINVAL,
                files.setPermissions("file", Optional.empty(), Optional.of("no-such-user"), Optional.empty()));
        assertErrno(Errno.EINVAL, files.setPermissions("file", Optional.empty(), Optional.of("-R"), Optional.empty()));
    }

    @Test
    void aFullDeviceIsENOSPC() {
        // As root and without one's own device this is the only full one; it is no regular file, so the tool is asked
        // directly.
        Processes.Finished finished = Processes.run(
                        machine, "LC_ALL=C dd if=/dev/zero of=/dev/full bs=1 count=1", List.of(), 999)
                .block(PATIENCE);
        assertThat(Errnos.of(finished.stderr(), "/dev/full")).isEqualTo(Errno.ENOSPC);
    }

    @Test
    void anErrorOfTheSourceIsTheWritesAndTheProcessEnds() {
        assertThatThrownBy(() -> files.write(
                                "half",
                                Flux.concat(bytes("some"), Flux.error(new IllegalStateException("client gone"))))
                        .block(PATIENCE))
                .hasMessage("client gone");
    }

    @Test
    void aCancelledReadEndsItsProcess() {
        run("dd if=/dev/zero of=big bs=65536 count=64 2>/dev/null");
        assertThat(files.read("big").next().block(PATIENCE)).isNotNull();
        while (!run("for c in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$c 2>/dev/null | grep -x 'cat " + folder
                        + "/big ' ; done; true")
                .isEmpty()) {
            // The test's own time limit ends this.
            Thread.onSpinWait();
        }
    }

    @Test
    void aFilesNameIsNotTakenForAnError() {
        assertErrno(Errno.ENOENT, files.stat("x: Permission denied\nmore"));
    }

    private Stat stat(String path) {
        return files.stat(path).block(PATIENCE);
    }

    private void write(String path, String text) {
        files.write(path, bytes(text)).block(PATIENCE);
    }

    private String read(String path) {
        return new String(all(path), StandardCharsets.UTF_8);
    }

    private byte[] all(String path) {
        return all(files.read(path)).block(PATIENCE);
    }

    private static Mono<byte[]> all(Flux<ByteBuffer> bytes) {
        return ByteLimit.collect(bytes, 1 << 24, HttpError::tooLarge);
    }

    private static Flux<ByteBuffer> bytes(String text) {
        return Flux.just(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private String run(String program) {
        return new String(
                Processes.run(machine, program, List.of(), 1 << 20)
                        .block(PATIENCE)
                        .stdout(),
                StandardCharsets.UTF_8);
    }

    private static void assertErrno(Errno errno, Mono<?> operation) {
        assertThatThrownBy(() -> operation.block(PATIENCE))
                .isInstanceOfSatisfying(
                        FileException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
