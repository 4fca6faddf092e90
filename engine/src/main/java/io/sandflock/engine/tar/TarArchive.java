/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An archive to be written. The same items give the same bytes: owner and group are 0 and have no names, and times are the entries'.
 *
 * @param size its exact size in bytes
 * @param content cold; each subscription subscribes to each item's content anew, one after another, and takes from it only what was
 *     requested. Errors with {@link IllegalStateException} when a content is longer or shorter than its entry says
 */
public record TarArchive(long size, Flux<ByteBuffer> content) {

    private static final byte[] END = new byte[2 * TarHeader.BLOCK];

    /** An archive of these items in this order; a folder should come before what is in it. */
    public static TarArchive of(List<Item> items) {
        List<Item> all = List.copyOf(items);
        long size = END.length;
        for (Item item : all) {
            long content = item.entry().size();
            size = Math.addExact(size, TarHeader.of(item.entry()).length + content + padding(content));
        }
        Flux<ByteBuffer> content = Flux.fromIterable(all)
                .concatMap(TarArchive::bytes, 1)
                .concatWith(Mono.fromSupplier(() -> ByteBuffer.wrap(END).asReadOnlyBuffer()));
        return new TarArchive(size, content);
    }

    private static Flux<ByteBuffer> bytes(Item item) {
        Mono<ByteBuffer> header = Mono.fromSupplier(() -> ByteBuffer.wrap(TarHeader.of(item.entry())));
        if (item.entry().size() == 0) {
            return header.flux();
        }
        int padding = padding(item.entry().size());
        Flux<ByteBuffer> file = header.concatWith(exactly(item));
        return padding == 0 ? file : file.concatWith(Mono.fromSupplier(() -> ByteBuffer.allocate(padding)));
    }

    /** One byte more or less, and all that follows would be read at the wrong place. */
    private static Flux<ByteBuffer> exactly(Item item) {
        long size = item.entry().size();
        return Flux.defer(() -> {
            long[] passed = new long[1];
            return Flux.from(item.content())
                    .doOnNext(buffer -> {
                        passed[0] += buffer.remaining();
                        if (passed[0] > size) {
                            throw wrongSize(item.entry(), "more");
                        }
                    })
                    .concatWith(Mono.defer(() ->
                            passed[0] == size ? Mono.empty() : Mono.error(wrongSize(item.entry(), "" + passed[0]))));
        });
    }

    private static IllegalStateException wrongSize(TarEntry entry, String came) {
        return new IllegalStateException(entry.path() + ": was announced with " + entry.size() + " bytes, and " + came
                + " came; was it changed meanwhile?");
    }

    private static int padding(long size) {
        return (int) (-size & (TarHeader.BLOCK - 1));
    }

    /**
     * A thing to put into an archive.
     *
     * @param content of a file exactly as many bytes as its entry says; ignored for all others and for empty files
     */
    public record Item(TarEntry entry, Publisher<ByteBuffer> content) {

        /** Refuses {@code null}. */
        public Item {
            Objects.requireNonNull(entry, "entry");
            Objects.requireNonNull(content, "content");
        }

        /** Something without content: a folder, a link, an empty file. */
        public static Item of(TarEntry entry) {
            if (entry.size() > 0) {
                throw new IllegalArgumentException(entry.path() + ": " + entry.size() + " bytes need a content");
            }
            return new Item(entry, Flux.empty());
        }

        /** A file of these bytes. */
        public static Item of(String path, int mode, byte[] bytes) {
            return new Item(
                    TarEntry.file(path, mode, bytes.length),
                    Mono.fromSupplier(() -> ByteBuffer.wrap(bytes).asReadOnlyBuffer()));
        }
    }
}
