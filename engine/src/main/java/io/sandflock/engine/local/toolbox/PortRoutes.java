/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.files.Processes;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/** {@code /port}: which TCP ports are listened on, from the kernel's table inside the machine. */
final class PortRoutes {

    private static final int FIRST = 3000;
    private static final int LAST = 9999;
    /** A socket's line: number, local address and port, remote address and port, state 0A = listening. */
    private static final Pattern LISTENING =
            Pattern.compile("^\\s*\\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A ", Pattern.MULTILINE);

    private static final String TABLES = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; exit 0";

    private PortRoutes() {}

    static Mono<Void> route(Call call) {
        if (call.is("GET", "port")) {
            return listening(call.machine()).flatMap(ports -> call.json(200, list(ports)));
        }
        if (call.is("GET", "port", "*", "in-use")) {
            int port = port(call.segment(1));
            return listening(call.machine())
                    .flatMap(ports -> call.json(200, Json.object().put("isInUse", ports.contains(port))));
        }
        return ToolboxRoutes.unknown(call);
    }

    private static ObjectNode list(SortedSet<Integer> ports) {
        ObjectNode body = Json.object();
        ArrayNode array = body.putArray("ports");
        ports.forEach(array::add);
        return body;
    }

    private static int port(String text) {
        if (!text.matches("\\d{4}") || Integer.parseInt(text) < FIRST) {
            throw HttpError.badRequest("port must be a number between " + FIRST + " and " + LAST);
        }
        return Integer.parseInt(text);
    }

    private static Mono<SortedSet<Integer>> listening(Machine machine) {
        return Processes.run(machine, TABLES, List.of(), 64L << 20)
                .map(tables -> ports(new String(tables.stdout(), StandardCharsets.US_ASCII)));
    }

    private static SortedSet<Integer> ports(String tables) {
        SortedSet<Integer> ports = new TreeSet<>();
        Matcher matcher = LISTENING.matcher(tables);
        while (matcher.find()) {
            int port = Integer.parseInt(matcher.group(1), 16);
            if (port >= FIRST && port <= LAST) {
                ports.add(port);
            }
        }
        return ports;
    }
}
