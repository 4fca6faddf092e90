/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.handler.timeout.TimeoutException;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.LengthException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;
import reactor.netty.internal.shaded.reactor.pool.PoolShutdownException;

/**
 * What an answer, or its absence, means. The platform answers with a 400 what others would answer with 429, 404 or 503, so the
 * message counts as much as the status.
 */
final class Failures {

    /** Longer bodies are cut in messages. */
    static final int EXCERPT = 600;

    private static final Pattern SNAPSHOT_QUOTA = pattern("snapshot (quota|limit) exceeded");
    private static final Pattern QUOTA = pattern("(limit|quota) exceeded|no available runners?|no runners? available");
    private static final Pattern FAILED_TO_START = pattern("failed to start");
    private static final Pattern SNAPSHOT_PASSING = pattern("snapshot .* is (pending|pulling|building|snapshotting)");
    private static final Pattern SNAPSHOT_UNUSABLE = pattern("snapshot .* is (inactive|error|build_failed|removing)");
    private static final Pattern SNAPSHOT_MISSING =
            pattern("snapshot .* (not found|is not available in region)|did you add it through");
    private static final Pattern STATE_CHANGE = pattern("state change in progress|still in progress");
    private static final Pattern ERRORED = pattern("sandbox is in an errored state");
    private static final Pattern NOT_STARTED =
            pattern("no ip address found|is the sandbox started|sandbox (is )?not (started|running)");
    private static final Pattern SANDBOX_GONE =
            pattern("^(sandbox container|sandbox( with id or name)?( \\S+)?) not found");
    private static final Pattern SESSION_MISSING = pattern("(session|command|entrypoint)\\b.*not found");
    private static final String[] REQUEST_IDS = {
        "x-request-id", "x-daytona-request-id", "x-correlation-id", "x-amz-request-id", "cf-ray"
    };

    private Failures() {}

    private static Pattern pattern(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }

    /** The error that an answer with an error status means. */
    static SandflockException of(Call call, Answer answer) {
        String message = message(answer);
        ErrorContext context = context(call, answer.status(), requestId(answer.headers()));
        return switch (answer.status()) {
            case 400 -> badRequest(answer.status(), message, context);
            case 401 ->
                permanent(
                        ErrorCode.UNAUTHORIZED, answer.status(), message, "check DAYTONA_API_KEY and the URL", context);
            case 403 ->
                permanent(
                        ErrorCode.UNAUTHORIZED,
                        answer.status(),
                        message,
                        "check the key's permissions, its organization and the region",
                        context);
            case 404 -> notFound(answer.status(), message, context);
            // Transient would say that nobody knows; here the server says that its own timer killed the command.
            case 408 -> permanent(ErrorCode.TIMEOUT, answer.status(), message, null, context);
            case 409 ->
                STATE_CHANGE.matcher(message).find()
                        ? passing(ErrorCode.CONFLICT, answer, message, "try again in a second or two", context)
                        : permanent(ErrorCode.CONFLICT, answer.status(), message, null, context);
            case 410 -> permanent(ErrorCode.NOT_FOUND, answer.status(), message, "it has ended already", context);
            case 413, 416, 431 -> permanent(ErrorCode.INVALID_INPUT, answer.status(), message, "send less", context);
            case 422, 501 -> permanent(ErrorCode.UNSUPPORTED, answer.status(), message, null, context);
            case 429 -> passing(ErrorCode.RATE_LIMITED, answer, message, "slow down", context);
            case 503 ->
                passing(
                        RetryAfter.of(answer.headers()).isPresent() ? ErrorCode.RATE_LIMITED : ErrorCode.PLATFORM_ERROR,
                        answer,
                        message,
                        "the platform is overloaded or in maintenance",
                        context);
            default -> other(answer, message, context);
        };
    }

    private static SandflockException badRequest(int status, String message, ErrorContext context) {
        if (STATE_CHANGE.matcher(message).find()) {
            return passing(ErrorCode.CONFLICT, status, message, "try again in a second or two", context);
        }
        if (SNAPSHOT_QUOTA.matcher(message).find()) {
            return permanent(
                    ErrorCode.QUOTA_EXCEEDED, status, message, "delete a snapshot that is not needed", context);
        }
        if (QUOTA.matcher(message).find()) {
            return passing(ErrorCode.QUOTA_EXCEEDED, status, message, "wait until a sandbox is freed", context);
        }
        if (NOT_STARTED.matcher(message).find() || SANDBOX_GONE.matcher(message).find()) {
            return new SandboxUnavailableException("unknown", said(status, message, null), context, null);
        }
        if (ERRORED.matcher(message).find()) {
            return new SandboxUnavailableException("error", said(status, message, null), context, null);
        }
        if (FAILED_TO_START.matcher(message).find()) {
            return passing(ErrorCode.START_FAILED, status, message, "find it by its name and delete it", context);
        }
        if (SNAPSHOT_PASSING.matcher(message).find()) {
            return passing(ErrorCode.SNAPSHOT_FAILED, status, message, "wait until it is active", context);
        }
        if (SNAPSHOT_UNUSABLE.matcher(message).find()) {
            return permanent(ErrorCode.SNAPSHOT_FAILED, status, message, "activate it, or build it again", context);
        }
        if (SNAPSHOT_MISSING.matcher(message).find()) {
            return permanent(ErrorCode.NOT_FOUND, status, message, "list the snapshots, and check the region", context);
        }
        return permanent(ErrorCode.INVALID_INPUT, status, message, null, context);
    }

    private static SandflockException notFound(int status, String message, ErrorContext context) {
        return context.request() != null
                        && isToolbox(context.request())
                        && SANDBOX_GONE.matcher(message).find()
                ? new SandboxUnavailableException("destroyed", said(status, message, null), context, null)
                : permanent(ErrorCode.NOT_FOUND, status, message, null, context);
    }

    /** A sandbox that the control plane does not know was asked for; one that the toolbox does not know was in use. */
    private static boolean isToolbox(String request) {
        return !request.contains(" /sandbox") && !request.contains(" /snapshots");
    }

    private static SandflockException other(Answer answer, String message, ErrorContext context) {
        int status = answer.status();
        if (status == 500 && SESSION_MISSING.matcher(message).find()) {
            return permanent(ErrorCode.NOT_FOUND, status, message, null, context);
        }
        if (status >= 300 && status < 400) {
            return permanent(
                    ErrorCode.PLATFORM_ERROR,
                    status,
                    message,
                    "redirects are not followed: give the URL that it leads to",
                    context);
        }
        return status >= 500
                ? passing(ErrorCode.PLATFORM_ERROR, answer, message, null, context)
                : permanent(ErrorCode.PLATFORM_ERROR, status, message, null, context);
    }

    /** Whether the answer says that the sandbox is gone or not started, whatever was asked of it. */
    static boolean saysSandboxUnavailable(Answer answer) {
        String message = message(answer);
        return (answer.status() == 400 || answer.status() == 404)
                && (NOT_STARTED.matcher(message).find()
                        || SANDBOX_GONE.matcher(message).find());
    }

    /** A good status with a body that cannot be read. */
    static SandflockException unreadable(Call call, Answer answer, String problem) {
        String text = answer.text().strip();
        // JSON of a good answer can hold environment variables; a proxy's HTML page is worth showing.
        String shown = text.startsWith("{") || text.startsWith("[") ? "" : ": " + excerpt(text);
        return new TransientException(
                ErrorCode.PLATFORM_ERROR,
                "the answer could not be read: " + problem + " (" + answer.body().length + " bytes of "
                        + answer.headers().get("content-type", "no content type") + ")" + shown,
                context(call, answer.status(), requestId(answer.headers())),
                null);
    }

    /** A body larger than the bound on it. */
    static SandflockException tooLarge(Call call, int status, HttpHeaders headers) {
        return new PermanentException(
                ErrorCode.LIMIT_EXCEEDED,
                "the answer is larger than the bound of " + call.maxBytes() + " bytes",
                context(call, status, requestId(headers)));
    }

    /** No answer, or not all of it. */
    static Throwable transport(Call call, Throwable error) {
        Throwable e = Exceptions.unwrap(error);
        String at = call.base().getScheme() + "://" + call.base().getRawAuthority();
        if (e instanceof SandflockException
                || e instanceof Error
                || e instanceof LengthException
                || e instanceof Json.UnwritableException) {
            return e;
        }
        if (e instanceof WebSocketClientHandshakeException handshake && handshake.response() != null) {
            return of(
                    call,
                    new Answer(
                            handshake.response().status().code(),
                            handshake.response().headers(),
                            new byte[0]));
        }
        if (e instanceof UnknownHostException) {
            return unreachable(call, "the name of " + at + " could not be resolved: check the URL and the DNS", e);
        }
        if (e instanceof ConnectTimeoutException) {
            return unreachable(call, at + " did not accept a connection in time: check the URL, firewall and proxy", e);
        }
        if (e instanceof ConnectException) {
            return unreachable(call, at + " refused the connection: check the URL and that the platform runs", e);
        }
        if (e instanceof SSLException) {
            return new PermanentException(
                    ErrorCode.UNREACHABLE,
                    "TLS with " + at + " failed: " + e.getMessage() + ": check the URL's scheme and the certificate",
                    context(call, 0, null),
                    e);
        }
        return late(call, at, e);
    }

    private static Throwable late(Call call, String at, Throwable e) {
        if (e instanceof PoolAcquireTimeoutException || e instanceof PoolAcquirePendingLimitException) {
            return new TransientException(
                    ErrorCode.TIMEOUT,
                    "no connection to " + at
                            + " became free, nothing was sent: run fewer at once or allow more connections",
                    context(call, 0, null),
                    e);
        }
        if (e instanceof java.util.concurrent.TimeoutException || e instanceof TimeoutException) {
            return new TransientException(
                    ErrorCode.TIMEOUT,
                    at + " did not answer within " + call.within().toMillis() + " ms",
                    context(call, 0, null),
                    e);
        }
        if (e instanceof PoolShutdownException || e instanceof RejectedExecutionException) {
            return new PermanentException(
                    ErrorCode.CANCELLED, "the client of " + at + " was closed", context(call, 0, null), e);
        }
        if (e instanceof IOException) {
            return unreachable(call, "the connection to " + at + " broke before the answer was complete", e);
        }
        // Netty's decoder says so of a version that is none.
        if (e instanceof DecoderException
                || e instanceof IllegalArgumentException
                || e.getClass().getName().startsWith("io.netty.")) {
            return new TransientException(
                    ErrorCode.PLATFORM_ERROR,
                    at + " did not answer in HTTP (" + e.getClass().getSimpleName() + "): check the URL and its port",
                    context(call, 0, null),
                    e);
        }
        return unreachable(
                call, "the call to " + at + " failed: " + e.getClass().getSimpleName(), e);
    }

    static TransientException unreachable(Call call, String reason, @Nullable Throwable cause) {
        return new TransientException(ErrorCode.UNREACHABLE, reason, context(call, 0, null), cause);
    }

    static ErrorContext context(Call call, int status, @Nullable String requestId) {
        ErrorContext context = ErrorContext.ofRequest(call.name(), status, requestId);
        return call.sandbox() == null ? context : context.withSandbox(call.sandbox());
    }

    static @Nullable String requestId(HttpHeaders headers) {
        for (String name : REQUEST_IDS) {
            String value = headers.get(name);
            if (value != null && !value.isBlank()) {
                return excerpt(value);
            }
        }
        return null;
    }

    /** What the body says, in whichever of its forms. */
    static String message(Answer answer) {
        JsonNode body = Json.tree(answer.body());
        for (String field : new String[] {"message", "error", "errors"}) {
            JsonNode value = body.path(field);
            if (value.isTextual() && !value.asText().isBlank()) {
                return excerpt(value.asText());
            }
            if (value.isContainerNode() && !value.isEmpty()) {
                return excerpt(value.toString());
            }
        }
        return excerpt(answer.text());
    }

    static String excerpt(String text) {
        // Control characters would let an answer draw on the terminal.
        String clean = text.strip().replaceAll("\\p{Cntrl}+", " ");
        return clean.length() <= EXCERPT ? clean : clean.substring(0, EXCERPT) + "...";
    }

    private static String said(int status, String message, @Nullable String advice) {
        return "the platform answered " + status
                + (message.isEmpty() ? " without a message" : ": " + message)
                + (advice == null ? "" : "; " + advice);
    }

    private static PermanentException permanent(
            ErrorCode code, int status, String message, @Nullable String advice, ErrorContext context) {
        return new PermanentException(code, said(status, message, advice), context);
    }

    private static TransientException passing(
            ErrorCode code, int status, String message, @Nullable String advice, ErrorContext context) {
        return new TransientException(code, said(status, message, advice), context, null);
    }

    private static TransientException passing(
            ErrorCode code, Answer answer, String message, @Nullable String advice, ErrorContext context) {
        Duration retryAfter = RetryAfter.of(answer.headers()).orElse(null);
        return new TransientException(code, said(answer.status(), message, advice), context, retryAfter, null);
    }
}
