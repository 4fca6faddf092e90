/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.Secret;
import io.sandflock.engine.platform.SandboxState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the packets of one event socket mean. Not thread-safe; does no I/O. */
final class SocketSession {

    private final Secret token;
    private final Predicate<String> wanted;
    private Duration patience = Duration.ofSeconds(5);

    /** @param wanted whether somebody waits for the sandbox of this id */
    SocketSession(Secret token, Predicate<String> wanted) {
        this.token = token;
        this.wanted = wanted;
    }

    /** How long the next packet may take. */
    Duration patience() {
        return patience;
    }

    /** First the digit of Engine.IO, then, in a message, the one of Socket.IO. */
    Step on(String packet) {
        char engine = packet.isEmpty() ? '6' : packet.charAt(0);
        return switch (engine) {
            case '0' -> open(packet.substring(1));
            case '1' -> new Refused("the platform closed it");
            case '2' -> new Send("3" + packet.substring(1));
            case '4' -> message(packet.substring(1));
            default -> Nothing.NOTHING;
        };
    }

    private Step open(String json) {
        JsonNode handshake = Json.tree(json.getBytes(StandardCharsets.UTF_8));
        long interval = handshake.path("pingInterval").asLong(25_000);
        long timeout = handshake.path("pingTimeout").asLong(20_000);
        patience = Duration.ofMillis(Math.min(600_000, Math.max(1_000, interval + timeout)));
        return new Send("40" + new String(Json.encode(Map.of("token", token.reveal())), StandardCharsets.UTF_8));
    }

    private Step message(String packet) {
        char socket = packet.isEmpty() ? ' ' : packet.charAt(0);
        return switch (socket) {
            case '0' -> Ready.READY;
            case '1' -> new Refused("the platform disconnected");
            case '2' -> event(packet);
            case '4' ->
                new Refused("the platform refused it: "
                        + Failures.excerpt(packet.substring(1)).replace(token.reveal(), "***"));
            default -> Nothing.NOTHING;
        };
    }

    /** {@code 2["sandbox.state.updated",{...}]}, possibly with an acknowledgement's number before the bracket. */
    private Step event(String packet) {
        int array = packet.indexOf('[');
        if (array < 0 || !packet.startsWith("[\"sandbox.", array)) {
            return Nothing.NOTHING;
        }
        try (JsonParser json = Json.MAPPER.createParser(packet.substring(array))) {
            json.nextToken();
            json.nextToken();
            return json.nextToken() == JsonToken.START_OBJECT ? change(json) : Nothing.NOTHING;
        } catch (IOException e) {
            Unknowns.name("event", packet.substring(array, Math.min(packet.length(), array + 40)));
            return Nothing.NOTHING;
        }
    }

    private Step change(JsonParser json) throws IOException {
        String id = null;
        String state = null;
        String newState = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (field.equals("sandbox") && value == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String inner = json.currentName();
                    json.nextToken();
                    if (inner.equals("id")) {
                        id = json.getValueAsString();
                        if (id == null || !wanted.test(id)) {
                            return Nothing.NOTHING;
                        }
                    } else if (inner.equals("state")) {
                        state = json.getValueAsString();
                    }
                    json.skipChildren();
                }
            } else if (field.equals("newState")) {
                newState = json.getValueAsString();
            } else {
                json.skipChildren();
            }
        }
        return changed(id, newState == null ? state : newState);
    }

    private static Step changed(@Nullable String id, @Nullable String state) {
        return id == null || state == null ? Nothing.NOTHING : new Changed(id, Wire.sandboxState(state));
    }

    /** What to do about a packet. */
    sealed interface Step {}

    /** Nothing. */
    enum Nothing implements Step {
        NOTHING
    }

    /** The connection stands. */
    enum Ready implements Step {
        READY
    }

    /** An answer; it may hold the token. */
    record Send(String packet) implements Step {
        /** Never the packet. */
        @Override
        public String toString() {
            return "Send";
        }
    }

    /** A sandbox's new state. */
    record Changed(String sandboxId, SandboxState state) implements Step {}

    /** The connection is of no use. */
    record Refused(String why) implements Step {}
}
