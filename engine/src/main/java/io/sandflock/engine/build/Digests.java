/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.tar.HostFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** SHA-256 of what is sent. */
final class Digests {

    private static final int BUFFER = 64 << 10;

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    static String of(String text) {
        MessageDigest digest = sha256();
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return hex(digest);
    }

    /** Of a file's content. Blocks. */
    static String of(Path file, long size) {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        long read = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
                read += count;
            }
        } catch (IOException e) {
            throw ContextScan.refusal(file, ContextScan.problem(e), e);
        }
        if (read != size) {
            throw changed(file);
        }
        return hex(digest);
    }

    /** A file's content, which must be what it was when its digest was taken. Cold; read on threads that may block. */
    static Flux<ByteBuffer> content(ContextEntry entry) {
        return Flux.defer(() -> {
                    MessageDigest digest = sha256();
                    return HostFile.read(entry.source())
                            .doOnNext(buffer -> digest.update(buffer.duplicate()))
                            .concatWith(Mono.defer(() -> hex(digest).equals(entry.digest())
                                    ? Mono.empty()
                                    : Mono.error(changed(entry.source()))));
                })
                .onErrorMap(IOException.class, e -> ContextScan.refusal(entry.source(), ContextScan.problem(e), e))
                .onErrorMap(
                        UncheckedIOException.class,
                        e -> ContextScan.refusal(entry.source(), ContextScan.problem(e), e));
    }

    private static InvalidInputException changed(Path file) {
        return ContextScan.refusal(
                file, "was changed while the build context was read; leave it alone meanwhile", null);
    }
}
