/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/** Writes {@code multipart/form-data} as it becomes known. */
public final class MultipartAnswer {

    private final String boundary;

    /** @param boundary must not occur at the start of a line of any part */
    public MultipartAnswer(String boundary) {
        this.boundary = boundary;
    }

    /** The answer's content type. */
    public String contentType() {
        return "multipart/form-data; boundary=" + boundary;
    }

    /** A part of a file: name, file name, type, and length when it is known. */
    public Flux<byte[]> part(String name, String filename, String type, OptionalLong length, Flux<byte[]> body) {
        return Flux.concat(
                Flux.just(header(name, filename, type, length)),
                body,
                Flux.just("\r\n".getBytes(StandardCharsets.UTF_8)));
    }

    /** What follows the last part; a client takes its absence for an answer that was cut off. */
    public Flux<byte[]> end() {
        return Flux.just(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
    }

    private byte[] header(String name, String filename, String type, OptionalLong length) {
        StringBuilder header = new StringBuilder("--").append(boundary).append("\r\n");
        header.append("Content-Disposition: form-data; name=\"").append(name).append("\"; filename=\"");
        header.append(quoted(filename))
                .append("\"; filename*=utf-8''")
                .append(percent(filename))
                .append("\r\n");
        header.append("Content-Type: ").append(type).append("\r\n");
        length.ifPresent(n -> header.append("Content-Length: ").append(n).append("\r\n"));
        return header.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A line end in a file's name must not become a header of its own. */
    private static String quoted(String filename) {
        return filename.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\r", "%0D")
                .replace("\n", "%0A")
                .replace("\0", "%00");
    }

    private static String percent(String filename) {
        return URLEncoder.encode(filename, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
    }
}
