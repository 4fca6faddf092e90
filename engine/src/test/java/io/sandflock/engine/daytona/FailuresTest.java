/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.ErrorCode;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            400 | Total CPU limit exceeded. Maximum allowed: 10.                | QUOTA_EXCEEDED      | true
            400 | Total disk limit exceeded. Maximum allowed: 30GiB             | QUOTA_EXCEEDED      | true
            400 | Snapshot quota exceeded. Maximum allowed: 100                 | QUOTA_EXCEEDED      | false
            400 | No available runners                                          | QUOTA_EXCEEDED      | true
            400 | CPU request 9 exceeds maximum allowed per sandbox (4)         | INVALID_INPUT       | false
            400 | Sandbox failed to start: boom                                 | START_FAILED        | true
            400 | Snapshot s is pulling                                         | SNAPSHOT_FAILED     | true
            400 | Snapshot s is inactive                                        | SNAPSHOT_FAILED     | false
            400 | Snapshot s not found. Did you add it through the Dashboard?   | NOT_FOUND           | false
            400 | Snapshot s is not available in region eu                      | NOT_FOUND           | false
            400 | Sandbox is in an errored state                                | SANDBOX_UNAVAILABLE | true
            400 | bad request: no IP address found. Is the Sandbox started?     | SANDBOX_UNAVAILABLE | true
            400 | name must be a string, cpu must be an integer                 | INVALID_INPUT       | false
            401 | Unauthorized                                                  | UNAUTHORIZED        | false
            403 | Organization is suspended                                     | UNAUTHORIZED        | false
            404 | Sandbox with ID or name x not found                           | NOT_FOUND           | false
            408 | request timeout: command execution timeout                    | TIMEOUT             | false
            409 | Sandbox with name x already exists                            | CONFLICT            | false
            409 | Sandbox state change in progress                              | CONFLICT            | true
            410 | session ended                                                 | NOT_FOUND           | false
            422 | Forking is not supported for this sandbox                     | UNSUPPORTED         | false
            429 | ThrottlerException: Too Many Requests                         | RATE_LIMITED        | true
            500 | An unexpected error occurred.                                 | PLATFORM_ERROR      | true
            500 | failed to execute command: not found: session not found       | NOT_FOUND           | false
            502 | ''                                                            | PLATFORM_ERROR      | true
            503 | maintenance                                                   | PLATFORM_ERROR      | true
            504 | upstream timed out                                            | PLATFORM_ERROR      | true
            301 | moved                                                         | PLATFORM_ERROR      | false
            418 | teapot                                                        | PLATFORM_ERROR      | false
            """)
    void anAnswerMeansWhatItsStatusAndItsMessageSay(int status, String message, ErrorCode code, boolean passing) {
        SandflockException error = failure("/sandbox", status, "{\"message\":\"" + message + "\"}");

        assertThat(error.code()).isEqualTo(code);
        assertThat(error instanceof TransientException).isEqualTo(passing);
        assertThat(error.getMessage())
                .contains(message)
                .contains("status " + status)
                .contains("POST /sandbox");
    }

    @Test
    void aSandboxThatTheToolboxDoesNotKnowIsLost() {
        SandflockException error =
                failure("/files/info", 404, "{\"message\":\"sandbox container not found for id x\"}");

        assertThat(error).isInstanceOf(SandboxUnavailableException.class);
    }

    @Test
    void everyFormOfAnErrorBodyIsShown() {
        assertThat(failure("/sandbox", 400, "{\"error\":\"a\"}").getMessage()).contains(": a");
        assertThat(failure("/sandbox", 400, "{\"message\":[\"a\",\"b\"]}").getMessage())
                .contains("[\"a\",\"b\"]");
        assertThat(failure("/sandbox", 418, "<html>who</html>").getMessage()).contains("<html>who</html>");
        assertThat(failure("/sandbox", 502, "").getMessage()).contains("502 without a message");
        assertThat(failure("/sandbox", 400, "x".repeat(10_000)).getMessage()).hasSizeLessThan(1_000);
    }

    @Test
    void theRetryTimeIsFoundUnderAnySuffixAndTheLongestCounts() {
        HttpHeaders headers = new DefaultHttpHeaders()
                .add("Retry-After-sandbox-create", "7")
                .add("retry-after-Authenticated", "3")
                .add("X-Request-Id", "r-1");

        SandflockException error = Failures.of(call("/sandbox"), new Answer(429, headers, new byte[0]));

        assertThat(((TransientException) error).retryAfter()).contains(Duration.ofSeconds(7));
        assertThat(error.context().requestId()).isEqualTo("r-1");
    }

    @Test
    void aRetryTimeThatIsNoneIsLeftOut() {
        assertThat(RetryAfter.of(new DefaultHttpHeaders().add("Retry-After", "soon")))
                .isEmpty();
        assertThat(RetryAfter.of(new DefaultHttpHeaders().add("Retry-After", "0.25")))
                .contains(Duration.ofMillis(250));
        assertThat(RetryAfter.of(new DefaultHttpHeaders().add("Retry-After", "999999999")))
                .contains(Duration.ofHours(1));
        assertThat(RetryAfter.of(new DefaultHttpHeaders().add("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")))
                .contains(Duration.ZERO);
    }

    @Test
    void a503WithATimeIsARateLimit() {
        HttpHeaders headers = new DefaultHttpHeaders().add("Retry-After", "5");

        assertThat(Failures.of(call("/sandbox"), new Answer(503, headers, new byte[0]))
                        .code())
                .isEqualTo(ErrorCode.RATE_LIMITED);
    }

    private static SandflockException failure(String path, int status, String body) {
        return Failures.of(
                call(path), new Answer(status, new DefaultHttpHeaders(), body.getBytes(StandardCharsets.UTF_8)));
    }

    private static Call call(String path) {
        return Call.of(HttpMethod.POST, URI.create("http://h/api"), path, Duration.ofSeconds(1));
    }
}
