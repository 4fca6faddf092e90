/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.ApiClient.Reply;
import io.sandflock.engine.testing.TestPlatform;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Uploads of build contexts. */
class ObjectStorageTest {

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create();

    @Test
    void anObjectIsUploadedOnceAndFoundAgain() {
        JsonNode access = access();
        String key = access.path("organizationId").asText() + "/abc/context.tar";
        assertThat(send(access, "HEAD", key, "", "").status()).isEqualTo(404);
        assertThat(send(access, "PUT", key, "a tar", "").status()).isEqualTo(200);
        assertThat(send(access, "HEAD", key, "", "").status()).isEqualTo(200);
        assertThat(send(access, "GET", key, "", "").text()).isEqualTo("a tar");
    }

    @Test
    void whatIsNotSignedRightIsRefused() {
        JsonNode access = access();
        String key = access.path("organizationId").asText() + "/abc/context.tar";
        assertThat(send(access, "PUT", key, "a tar", "x").text()).contains("SignatureDoesNotMatch");
        assertThat(send(access, "PUT", "other/abc/context.tar", "a tar", "").text())
                .contains("AccessDenied");
        ApiClient unsigned = ApiClient.of(URI.create(access.path("storageUrl").asText()), platform.key());
        assertThat(unsigned.send("PUT", "/contexts/" + key, "a tar").status()).isEqualTo(403);
    }

    /** The example of AWS's own documentation (GET Object), of whose parts none is ours. */
    @Test
    void theSignatureIsTheOneOfTheDocumentation() {
        String empty = Signature.hex(Signature.sha256(new byte[0]));
        String signed = SignedRequest.signature(
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "20130524",
                "20130524T000000Z",
                "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
                        + "x-amz-content-sha256:" + empty
                        + "\nx-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n"
                        + empty);
        assertThat(signed).isEqualTo("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    private JsonNode access() {
        return ApiClient.of(platform.url(), platform.key())
                .send("GET", "/object-storage/push-access")
                .json();
    }

    private Reply send(JsonNode access, String method, String key, String body, String spoil) {
        URI url = URI.create(access.path("storageUrl").asText());
        String path = url.getPath() + "/" + access.path("bucket").asText() + "/" + key;
        String time = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
                .withZone(ZoneOffset.UTC)
                .format(Instant.now());
        String hash = Signature.hex(Signature.sha256(body.getBytes(StandardCharsets.UTF_8)));
        String token = access.path("sessionToken").asText();
        String names = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
        String canonical = method + "\n" + path + "\n\nhost:" + url.getAuthority() + "\nx-amz-content-sha256:" + hash
                + "\nx-amz-date:" + time + "\nx-amz-security-token:" + token + "\n\n" + names + "\n" + hash;
        String signature =
                SignedRequest.signature(access.path("secret").asText() + spoil, time.substring(0, 8), time, canonical);
        String origin = "http://" + url.getAuthority();
        return ApiClient.of(URI.create(origin), "none")
                .with(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential="
                                + access.path("accessKey").asText() + "/"
                                + time.substring(0, 8) + "/us-east-1/s3/aws4_request, SignedHeaders=" + names
                                + ", Signature=" + signature)
                .with("x-amz-date", time)
                .with("x-amz-content-sha256", hash)
                .with("x-amz-security-token", token)
                .send(method, path, body);
    }

    private static final class SignedRequest {

        static String signature(String secret, String day, String time, String canonical) {
            byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
            for (String part : new String[] {day, "us-east-1", "s3", "aws4_request"}) {
                key = Signature.hmac(key, part);
            }
            String hash = Signature.hex(Signature.sha256(canonical.getBytes(StandardCharsets.UTF_8)));
            return Signature.hex(Signature.hmac(
                    key, "AWS4-HMAC-SHA256\n" + time + "\n" + day + "/us-east-1/s3/aws4_request\n" + hash));
        }
    }
}
