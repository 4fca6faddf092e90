/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.Bodies;
import io.sandflock.engine.local.http.RequestTarget;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** One request to one machine's toolbox. */
record Call(
        String sandboxId,
        Machine machine,
        RequestTarget target,
        HttpServerRequest request,
        HttpServerResponse response) {

    String method() {
        return request.method().name();
    }

    int depth() {
        return target.segments().size();
    }

    String segment(int index) {
        return target.segments().get(index);
    }

    /** Whether this is {@code method} on a path whose segments are these; {@code *} stands for any that is not empty. */
    boolean is(String method, String... segments) {
        if (!method().equals(method) || depth() != segments.length) {
            return false;
        }
        for (int i = 0; i < segments.length; i++) {
            if (segments[i].equals("*") ? segment(i).isEmpty() : !segments[i].equals(segment(i))) {
                return false;
            }
        }
        return true;
    }

    Mono<ObjectNode> body(long limit) {
        return Bodies.object(request, limit);
    }

    Mono<Void> json(int status, Object value) {
        return Answers.json(response, status, value);
    }

    Mono<Void> empty(int status) {
        return Answers.empty(response, status);
    }
}
