/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.FileException;
import io.sandflock.LimitExceededException;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.Toolbox.Download;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MultipartDownloadTest {

    private static final String TYPE = "multipart/form-data; boundary=DAYTONA-FILE-BOUNDARY";
    private static final String BODY = "--DAYTONA-FILE-BOUNDARY\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"/a b\"; filename*=utf-8''%2Fa%20b\r\n"
            + "Content-Type: text/plain\r\nContent-Length: 9\r\n\r\n"
            + "x\r\n--DAYT"
            + "\r\n--DAYTONA-FILE-BOUNDARY\r\n"
            + "Content-Disposition: form-data; name=\"error\"; filename=\"/missing\"\r\n\r\n"
            + "{\"statusCode\":404,\"message\":\"file not found: /missing\",\"code\":\"FILE_NOT_FOUND\"}"
            + "\r\n--DAYTONA-FILE-BOUNDARY--\r\n";
    private static final List<String> PATHS = List.of("/a b", "/missing");

    @Test
    void theBodyMayBeCutAnywhere() {
        byte[] body = bytes(BODY);
        for (int cut = 0; cut <= body.length; cut++) {
            List<Download> downloads =
                    read(PATHS, 100, Arrays.copyOf(body, cut), Arrays.copyOfRange(body, cut, body.length));
            assertThat(downloads).extracting(Download::path).containsExactly("/a b", "/missing");
            assertThat(content(downloads.get(0))).isEqualTo("x\r\n--DAYT");
            assertThatThrownBy(() -> content(downloads.get(1))).isInstanceOfSatisfying(FileException.class, e -> {
                assertThat(e.errno()).isEqualTo(FileException.Errno.ENOENT);
                assertThat(e.path()).isEqualTo("/missing");
            });
        }
    }

    @Test
    void aMissingClosingBoundaryIsACutTransfer() {
        String cut = BODY.substring(0, BODY.length() - 4);

        assertThatThrownBy(() -> read(PATHS, 100, bytes(cut)))
                .isInstanceOf(TransientException.class)
                .hasMessageContaining("closing boundary");
    }

    @Test
    void aFileThatIsNotAsLongAsAnnouncedIsRefused() {
        assertThatThrownBy(() -> read(PATHS, 100, bytes(BODY.replace("Length: 9", "Length: 8"))))
                .isInstanceOf(TransientException.class)
                .hasMessageContaining("longer than its announced length");
        assertThatThrownBy(() -> read(PATHS, 100, bytes(BODY.replace("Length: 9", "Length: 12"))))
                .isInstanceOf(TransientException.class);
    }

    @Test
    void aFileOverTheLimitIsRefusedAndTheNextOneIsRead() {
        List<Download> downloads = read(PATHS, 8, bytes(BODY));

        assertThatThrownBy(() -> content(downloads.get(0))).isInstanceOfSatisfying(LimitExceededException.class, e -> {
            assertThat(e.limit()).isEqualTo(8);
            assertThat(e.size()).isEqualTo(9);
        });
        assertThatThrownBy(() -> content(downloads.get(1))).isInstanceOf(FileException.class);
    }

    @Test
    void aPathWithoutAnAnswerIsAnError() {
        assertThatThrownBy(() -> read(List.of("/a b", "/missing", "/third"), 100, bytes(BODY)))
                .hasMessageContaining("says nothing of 1");
    }

    @Test
    void anAnswerThatIsNotMultipartIsAnError() {
        assertThatThrownBy(() -> new MultipartDownload(call(), "text/html", PATHS, 1))
                .hasMessageContaining("text/html");
    }

    private static List<Download> read(List<String> paths, long limit, byte[]... chunks) {
        MultipartDownload download = new MultipartDownload(call(), TYPE, paths, limit);
        List<Download> downloads = new ArrayList<>();
        for (byte[] chunk : chunks) {
            downloads.addAll(download.feed(chunk));
        }
        downloads.addAll(download.end());
        return downloads;
    }

    private static String content(Download download) {
        return new String(download.result().block(Duration.ofSeconds(30)), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Call call() {
        return Call.of(HttpMethod.POST, URI.create("http://h"), "/files/bulk-download", Duration.ofSeconds(1));
    }
}
