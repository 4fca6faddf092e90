/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.sandflock.engine.tar.TarArchive.Item;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class TarTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    static Stream<List<String>> tars() {
        return Stream.of(List.of("tar"), List.of("busybox", "tar"));
    }

    @ParameterizedTest
    @MethodSource("tars")
    void whatIsWrittenIsUnpackedByOthersNameForName(List<String> tar) throws Exception {
        String deep = "d".repeat(90) + "/" + "e".repeat(90) + "/f";
        String deeper = ("g".repeat(60) + "/").repeat(5) + "h";
        List<Item> items = List.of(
                Item.of(TarEntry.folder("empty", 0750)),
                Item.of("plain.txt", 0644, utf8("plain")),
                Item.of("run.sh", 0755, utf8("#!/bin/sh\n")),
                Item.of("read only", 0400, utf8("mine")),
                Item.of("nothing", 0644, new byte[0]),
                Item.of("line\nend %41 \t'\"*?$(id) é 中文 😀", 0644, utf8("odd")),
                Item.of("https:/example.org/a?b=c", 0644, utf8("url")),
                Item.of("-rf", 0644, utf8("dash")),
                Item.of(deep, 0644, utf8("prefix")),
                Item.of(deeper, 0600, new byte[1025]),
                Item.of("n".repeat(200), 0644, utf8("long")),
                Item.of(TarEntry.link("link", "plain.txt")),
                Item.of(TarEntry.link("dangling", "no/such/" + "t".repeat(150))));
        Path to = unpack(tar, TarArchive.of(items));

        assertThat(to.resolve("empty")).isEmptyDirectory();
        assertThat(to.resolve("plain.txt")).hasContent("plain");
        assertThat(to.resolve("line\nend %41 \t'\"*?$(id) é 中文 😀")).hasContent("odd");
        assertThat(to.resolve("https:/example.org/a?b=c")).hasContent("url");
        assertThat(to.resolve("-rf")).hasContent("dash");
        assertThat(to.resolve(deep)).hasContent("prefix");
        assertThat(to.resolve(deeper)).hasSize(1025);
        assertThat(to.resolve("n".repeat(200))).hasContent("long");
        assertThat(to.resolve("nothing")).isEmptyFile();
        assertThat(Files.readSymbolicLink(to.resolve("link"))).isEqualTo(Path.of("plain.txt"));
        assertThat(Files.readSymbolicLink(to.resolve("dangling"))).hasToString("no/such/" + "t".repeat(150));
        assertThat(List.of(mode(to, "empty"), mode(to, "run.sh"), mode(to, "read only"), mode(to, deeper)))
                .containsExactly(0750, 0755, 0400, 0600);
        assertThat(entriesBelow(to)).isEqualTo(13 + 2 + 5 + 2);
    }

    @ParameterizedTest
    @MethodSource("tars")
    void whatOthersPackIsReadNameForName(List<String> tar) throws Exception {
        Path from = Files.createDirectory(folder.resolve("from"));
        String deeper = ("g".repeat(60) + "/").repeat(5) + "h";
        Files.createDirectories(from.resolve(deeper).getParent());
        Files.writeString(from.resolve(deeper), "x".repeat(70_000));
        Files.writeString(from.resolve("line\nend é"), "odd");
        Files.createSymbolicLink(from.resolve("link"), Path.of("t".repeat(140)));
        Files.createLink(from.resolve("second"), from.resolve("line\nend é"));
        Files.createDirectory(from.resolve("empty"));
        Files.writeString(from.resolve("old"), "");
        Files.setLastModifiedTime(
                from.resolve("old"), java.nio.file.attribute.FileTime.from(Instant.ofEpochSecond(-5)));
        run(from, List.of("chmod", "4711", "old"));
        List<Read> read = read(Flux.just(ByteBuffer.wrap(run(from, with(tar, "-c", "-f", "-", ".")))));

        assertThat(read).extracting(r -> r.entry.path()).contains("./" + deeper, "./empty", "./link", ".");
        assertThat(find(read, "./" + deeper).text()).isEqualTo("x".repeat(70_000));
        assertThat(find(read, "./link").entry.target()).isEqualTo("t".repeat(140));
        assertThat(find(read, "./empty").entry.kind()).isEqualTo(TarEntry.Kind.FOLDER);
        assertThat(find(read, "./old").entry.mode()).isEqualTo(04711);
        List<TarEntry> twins = List.of(find(read, "./second").entry, find(read, "./line\nend é").entry);
        assertThat(twins)
                .extracting(TarEntry::kind)
                .containsExactlyInAnyOrder(TarEntry.Kind.FILE, TarEntry.Kind.HARD_LINK);
    }

    @Test
    void gnusOwnFormatAndPaxAreReadAlike() throws Exception {
        Path from = Files.createDirectory(folder.resolve("from"));
        Files.writeString(from.resolve("é".repeat(90)), "long");
        Files.writeString(from.resolve("old"), "");
        Files.setLastModifiedTime(
                from.resolve("old"), java.nio.file.attribute.FileTime.from(Instant.ofEpochSecond(-5)));
        for (String format : List.of("gnu", "pax", "posix")) {
            byte[] bytes = run(from, List.of("tar", "--format", format, "-c", "-f", "-", "."));
            List<Read> read = read(Flux.just(ByteBuffer.wrap(bytes)));
            assertThat(find(read, "./" + "é".repeat(90)).text()).as(format).isEqualTo("long");
            assertThat(find(read, "./old").entry.modifiedAt()).as(format).isEqualTo(Instant.ofEpochSecond(-5));
        }
    }

    @Test
    void aNameThatIsNoUtf8Survives() throws Exception {
        Path from = Files.createDirectory(folder.resolve("from"));
        run(from, List.of("sh", "-c", "printf odd >\"$(printf 'a\\377b\\303')\""));
        byte[] theirs = run(from, List.of("tar", "-c", "-f", "-", "."));
        Read read = read(Flux.just(ByteBuffer.wrap(theirs))).stream()
                .filter(r -> r.entry.kind() == TarEntry.Kind.FILE)
                .findFirst()
                .orElseThrow();
        assertThat(TarText.bytes(read.entry.path()))
                .isEqualTo(new byte[] {'.', '/', 'a', (byte) 255, 'b', (byte) 0xc3});
        Path to = unpack(List.of("tar"), TarArchive.of(List.of(Item.of(read.entry.path(), 0644, utf8("odd")))));
        byte[] listed = run(to, List.of("sh", "-c", "printf %s *"));
        assertThat(listed).isEqualTo(new byte[] {'a', (byte) 255, 'b', (byte) 0xc3});
    }

    @Test
    void theSizeIsKnownBeforeTheFirstByteAndTheBytesAreAlwaysTheSame() {
        long seed = System.nanoTime();
        System.out.println("tar archives with seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<Item> items = new ArrayList<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                byte[] content = new byte[random.nextInt(3) * 512 + random.nextInt(3)];
                random.nextBytes(content);
                items.add(Item.of(path(random), random.nextInt(01000), content));
            }
            TarArchive archive = TarArchive.of(items);
            byte[] bytes = bytes(archive.content());
            assertThat((long) bytes.length).as("seed " + seed).isEqualTo(archive.size());
            assertThat(bytes(TarArchive.of(items).content())).isEqualTo(bytes);
            List<Read> read = read(pieces(bytes, random));
            assertThat(read).hasSameSizeAs(items);
            for (int i = 0; i < read.size(); i++) {
                assertThat(read.get(i).entry)
                        .as("seed " + seed)
                        .isEqualTo(items.get(i).entry());
                assertThat(read.get(i).content.toByteArray())
                        .isEqualTo(bytes(Flux.from(items.get(i).content())));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tars")
    void aFileOfNineGibibytesIsAnnouncedSoThatOthersReadIt(List<String> tar) throws Exception {
        long size = 9L << 30;
        TarEntry entry = TarEntry.file("huge", 0644, size);
        assertThat(TarArchive.of(List.of(new Item(entry, Flux.never()))).size()).isGreaterThan(size);
        byte[] header = TarHeader.of(entry);
        Path file = Files.write(folder.resolve("huge.tar"), header);
        try (var channel = java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
            // A hole, that takes no space.
            channel.write(ByteBuffer.wrap(new byte[1024]), header.length + size);
        }
        String listed = new String(run(folder, with(tar, "-t", "-v", "-f", "huge.tar")), StandardCharsets.UTF_8);
        assertThat(listed).contains(Long.toString(size)).contains("huge");
        List<TarEvent> first = TarReader.read(Flux.just(ByteBuffer.wrap(header)))
                .take(1)
                .collectList()
                .block(PATIENCE);
        assertThat(first).containsExactly(new TarEvent.Entry(entry));
    }

    @Test
    void contentIsReadOnlyAsItIsAskedFor() throws IOException {
        Path file = Files.write(folder.resolve("big"), new byte[8 << 20]);
        AtomicLong taken = new AtomicLong();
        Flux<ByteBuffer> content = HostFile.read(file).doOnNext(buffer -> taken.addAndGet(buffer.remaining()));
        TarArchive archive = TarArchive.of(List.of(new Item(TarEntry.file("big", 0644, 8 << 20), content)));
        StepVerifier.create(archive.content(), 0)
                .thenRequest(3)
                .expectNextCount(3)
                .then(() -> assertThat(taken.get()).isLessThanOrEqualTo(4 * 65536))
                .thenCancel()
                .verify(PATIENCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aContentOfAnotherSizeThanWasSaidIsAnErrorAndNoShiftedArchive(int size) {
        Item item =
                new Item(TarEntry.file("f", 0644, 5), Flux.just(ByteBuffer.allocate(2), ByteBuffer.allocate(size - 2)));
        StepVerifier.create(TarArchive.of(List.of(item)).content())
                .thenConsumeWhile(buffer -> true)
                .verifyErrorMatches(e ->
                        e instanceof IllegalStateException && e.getMessage().contains("f: was announced with 5"));
    }

    @Test
    void anArchiveThatWasCutAnywhereIsNoArchive() {
        byte[] whole = bytes(
                TarArchive.of(List.of(Item.of("a", 0644, utf8("content")))).content());
        for (int length : new int[] {0, 1, 511, 512, 515, 1024, 1535, 1536, 2047}) {
            assertThatThrownBy(() -> read(Flux.just(ByteBuffer.wrap(Arrays.copyOf(whole, length)))))
                    .as(length + " bytes")
                    .isInstanceOf(TarException.class)
                    .hasMessageContaining("cut");
        }
        assertThat(read(Flux.just(ByteBuffer.wrap(Arrays.copyOf(whole, 2048))))).hasSize(1);
    }

    @Test
    void bytesThatAreNoArchiveAreRefusedAndNeverMisread() {
        long seed = System.nanoTime();
        System.out.println("damaged archives with seed " + seed);
        Random random = new Random(seed);
        byte[] whole = bytes(TarArchive.of(List.of(Item.of("n".repeat(150), 0644, utf8("content"))))
                .content());
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
            try {
                read(Flux.just(ByteBuffer.wrap(damaged)));
            } catch (TarException expected) {
                assertThat(expected).hasMessageNotContaining("null");
            }
        }
        byte[] noise = new byte[4096];
        random.nextBytes(noise);
        assertThatThrownBy(() -> read(Flux.just(ByteBuffer.wrap(noise)))).isInstanceOf(TarException.class);
    }

    @Test
    void aHeaderThatWouldFillTheMemoryIsRefused() {
        byte[] header = TarHeader.of(TarEntry.file("x", 0644, 1L << 30));
        header[156] = 'x';
        int sum = TarHeader.sum(header);
        // The checksum counts its own field as blanks.
        for (int i = 148; i < 156; i++) {
            sum += ' ' - (header[i] & 0xff);
        }
        System.arraycopy(utf8("%06o".formatted(sum)), 0, header, 148, 6);
        assertThatThrownBy(() -> read(Flux.just(ByteBuffer.wrap(header))))
                .isInstanceOf(TarException.class)
                .hasMessageContaining("at most");
    }

    private Path unpack(List<String> tar, TarArchive archive) throws Exception {
        Path file = folder.resolve("archive.tar");
        Files.write(file, bytes(archive.content()));
        Path to = Files.createDirectory(folder.resolve("to"));
        run(to, with(tar, "-x", "-p", "-f", "../archive.tar"));
        return to;
    }

    private static byte[] run(Path in, List<String> argv) throws Exception {
        if (argv.contains("busybox")
                && !Files.isExecutable(Path.of("/usr/bin/busybox"))
                && !Files.isExecutable(Path.of("/bin/busybox"))) {
            if ("true".equals(System.getenv("CI"))) {
                fail("busybox is missing");
            }
            abort("busybox is not installed");
        }
        ProcessBuilder builder = new ProcessBuilder(argv).directory(in.toFile());
        builder.redirectError(ProcessBuilder.Redirect.INHERIT).environment().put("LC_ALL", "C");
        Process process = builder.start();
        process.getOutputStream().close();
        try (InputStream out = process.getInputStream()) {
            byte[] bytes = out.readAllBytes();
            assertThat(process.waitFor()).as(String.join(" ", argv)).isZero();
            return bytes;
        }
    }

    private static String path(Random random) {
        String[] parts = {"a", "é", "n".repeat(99), "/b", "/", "/" + "m".repeat(120), "x y\n", "中".repeat(40)};
        StringBuilder path = new StringBuilder("p");
        for (int i = random.nextInt(6); i >= 0; i--) {
            path.append(parts[random.nextInt(parts.length)]);
        }
        while (path.charAt(path.length() - 1) == '/') {
            path.setLength(path.length() - 1);
        }
        return path.toString();
    }

    private static Flux<ByteBuffer> pieces(byte[] bytes, Random random) {
        List<ByteBuffer> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(700));
            pieces.add(ByteBuffer.wrap(bytes, at, length));
            at += length;
        }
        return Flux.fromIterable(pieces);
    }

    private static List<Read> read(Flux<ByteBuffer> bytes) {
        List<Read> read = new ArrayList<>();
        TarReader.read(bytes)
                .doOnNext(event -> {
                    if (event instanceof TarEvent.Entry entry) {
                        read.add(new Read(entry.entry(), new ByteArrayOutputStream()));
                    } else if (event instanceof TarEvent.Content content) {
                        byte[] part = new byte[content.bytes().remaining()];
                        content.bytes().duplicate().get(part);
                        read.get(read.size() - 1).content.writeBytes(part);
                    }
                })
                .blockLast(PATIENCE);
        return read;
    }

    private static Read find(List<Read> read, String path) {
        return read.stream()
                .filter(r -> r.entry.path().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] bytes(Flux<ByteBuffer> content) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        content.doOnNext(buffer -> {
                    byte[] part = new byte[buffer.remaining()];
                    buffer.get(part);
                    all.writeBytes(part);
                })
                .blockLast(PATIENCE);
        return all.toByteArray();
    }

    private static int mode(Path in, String path) throws IOException {
        return (int) Files.getAttribute(in.resolve(path), "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    }

    private static long entriesBelow(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.count() - 1;
        }
    }

    private static List<String> with(List<String> tar, String... more) {
        List<String> argv = new ArrayList<>(tar);
        argv.addAll(List.of(more));
        return argv;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private record Read(TarEntry entry, ByteArrayOutputStream content) {
        String text() {
            return content.toString(StandardCharsets.UTF_8);
        }
    }
}
