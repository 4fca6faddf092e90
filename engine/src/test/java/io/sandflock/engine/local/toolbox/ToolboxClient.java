/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client of nobody's making but the JDK's, so that the server and the engine's own client cannot agree on a mistake. */
public final class ToolboxClient {

    public static final String SDK = "0.190.0";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;
    private final String key;

    /** @param base the toolbox's URL with the sandbox's id, without a slash at the end */
    public ToolboxClient(String base, String key) {
        this.base = base;
        this.key = key;
    }

    public record Answer(int status, byte[] bytes, java.net.http.HttpHeaders headers) {

        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            try {
                return JSON.readTree(bytes);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + text(), e);
            }
        }
    }

    public static String query(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public Answer get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    public Answer post(String path) {
        return send(request(path).POST(BodyPublishers.noBody()));
    }

    public Answer post(String path, Object body, String... headers) {
        return send(json(path, body, headers));
    }

    public Answer post(String path, String type, byte[] body) {
        return send(request(path, "Content-Type", type).POST(BodyPublishers.ofByteArray(body)));
    }

    public CompletableFuture<HttpResponse<byte[]>> postLater(String path, Object body, String... headers) {
        return http.sendAsync(json(path, body, headers).build(), BodyHandlers.ofByteArray());
    }

    public Answer execute(String command) {
        return post("/process/execute", Map.of("command", command));
    }

    private HttpRequest.Builder json(String path, Object body, String... headers) {
        try {
            byte[] bytes =
                    body instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : JSON.writeValueAsBytes(body);
            return request(path, headers)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(bytes));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + key);
        if (headers.length > 0) {
            builder.headers(headers);
        }
        return builder;
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response.body(), response.headers());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** A body of parts; those whose name ends in {@code file} are files. */
    public static byte[] multipart(String boundary, List<Map.Entry<String, byte[]>> parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Map.Entry<String, byte[]> part : parts) {
            String filename = part.getKey().endsWith("file") ? "; filename=\"x\"" : "";
            body.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + part.getKey() + "\""
                            + filename + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            body.writeBytes(part.getValue());
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return body.toByteArray();
    }

    /** What came over a WebSocket. */
    public static final class Followed implements WebSocket.Listener {

        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private final List<Integer> frames = new ArrayList<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final CompletableFuture<String> pong = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            synchronized (this) {
                byte[] bytes = new byte[data.remaining()];
                data.get(bytes);
                all.writeBytes(bytes);
                frames.add(bytes.length);
            }
            socket.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            pong.complete(StandardCharsets.UTF_8.decode(message).toString());
            socket.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(status);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }

        public synchronized String text() {
            return all.toString(StandardCharsets.UTF_8);
        }

        public synchronized List<Integer> frames() {
            return List.copyOf(frames);
        }

        /** The close status. */
        public int closed() {
            return get(closed);
        }

        public boolean isOpen() {
            return !closed.isDone();
        }

        public String pong() {
            return get(pong);
        }

        private static <T> T get(CompletableFuture<T> future) {
            try {
                return future.get(60, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    public Followed follow(String path, boolean ping) {
        Followed followed = new Followed();
        WebSocket socket = http.newWebSocketBuilder()
                .header("Authorization", "Bearer " + key)
                .header("X-Daytona-SDK-Version", SDK)
                .buildAsync(URI.create(base.replaceFirst("^http", "ws") + path), followed)
                .join();
        if (ping) {
            socket.sendPing(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)))
                    .join();
        }
        return followed;
    }

    /** A terminal over a WebSocket. */
    public Typed type(String path, String... subprotocols) {
        Typed typed = new Typed();
        typed.socket = socket(path, subprotocols, typed).join();
        return typed;
    }

    /** The status with which a WebSocket is refused. */
    public int refusal(String path, String... subprotocols) {
        try {
            socket(path, subprotocols, new Typed()).join();
            throw new AssertionError("was not refused");
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
            throw e;
        }
    }

    private CompletableFuture<WebSocket> socket(String path, String[] subprotocols, WebSocket.Listener listener) {
        WebSocket.Builder builder = http.newWebSocketBuilder().header("Authorization", "Bearer " + key);
        if (subprotocols.length > 0) {
            builder.subprotocols(subprotocols[0], Arrays.copyOfRange(subprotocols, 1, subprotocols.length));
        }
        return builder.buildAsync(URI.create(base.replaceFirst("^http", "ws") + path), listener);
    }

    /** What a terminal shows, and its keys. */
    public static final class Typed implements WebSocket.Listener {

        private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
        private final StringBuilder control = new StringBuilder();
        private final List<String> controls = new ArrayList<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private String reason = "";
        private WebSocket socket;

        public void send(String keys) {
            socket.sendBinary(ByteBuffer.wrap(keys.getBytes(StandardCharsets.UTF_8)), true)
                    .join();
        }

        public void leave() {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        }

        public String subprotocol() {
            return socket.getSubprotocol();
        }

        /** Waits until the pattern is shown; gives its first group. */
        public synchronized String await(String pattern) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            Matcher matcher = Pattern.compile(pattern).matcher(text());
            while (!matcher.find()) {
                try {
                    wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("not shown: " + pattern + " in " + text(), e);
                }
                if (System.nanoTime() > end) {
                    throw new AssertionError("not shown: " + pattern + " in " + text());
                }
                matcher = Pattern.compile(pattern).matcher(text());
            }
            return matcher.group(1);
        }

        @Override
        public synchronized CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            shown.writeBytes(bytes);
            notifyAll();
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public synchronized CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            control.append(data);
            if (last) {
                controls.add(control.toString());
                control.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int status, String said) {
            synchronized (this) {
                reason = said;
            }
            closed.complete(status);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.completeExceptionally(error);
        }

        public synchronized String text() {
            return shown.toString(StandardCharsets.UTF_8);
        }

        public synchronized List<String> controls() {
            return List.copyOf(controls);
        }

        public synchronized String reason() {
            return reason;
        }

        /** The close status. */
        public int closed() {
            return Followed.get(closed);
        }
    }
}
