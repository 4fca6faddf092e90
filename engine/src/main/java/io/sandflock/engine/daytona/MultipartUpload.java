/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The body of a bulk upload. For each file its path comes first: the daemon reads the parts as they come. Its length is known
 * before the first byte, so no proxy has to buffer it to find out.
 */
final class MultipartUpload {

    private MultipartUpload() {}

    static Call.Payload of(List<Upload> uploads) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String boundary = String.format("sandflock-%016x%016x", random.nextLong(), random.nextLong());
        byte[] end = bytes("--" + boundary + "--\r\n");
        long size = end.length;
        for (int i = 0; i < uploads.size(); i++) {
            size += head(boundary, i, uploads.get(i).path()).length
                    + uploads.get(i).size()
                    + 2;
        }
        long length = size;
        Flux<ByteBuf> content = Flux.range(0, uploads.size())
                .concatMap(i -> file(boundary, i, uploads.get(i)), 1)
                .concatWith(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(end)));
        return new Call.Payload("multipart/form-data; boundary=" + boundary, () -> new Call.Body(length, content));
    }

    private static Flux<ByteBuf> file(String boundary, int index, Upload upload) {
        return Flux.concat(
                Mono.fromSupplier(() -> Unpooled.wrappedBuffer(head(boundary, index, upload.path()))),
                Exactly.bytes("the upload", upload.content(), upload.size()).map(Unpooled::wrappedBuffer),
                Mono.fromSupplier(() -> Unpooled.wrappedBuffer(bytes("\r\n"))));
    }

    private static byte[] head(String boundary, int index, String path) {
        return bytes("--" + boundary + "\r\nContent-Disposition: form-data; name=\"files[" + index + "].path\"\r\n\r\n"
                + path + "\r\n--" + boundary + "\r\nContent-Disposition: form-data; name=\"files[" + index
                + "].file\"; filename=\"file" + index + "\"\r\nContent-Type: application/octet-stream\r\n\r\n");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
