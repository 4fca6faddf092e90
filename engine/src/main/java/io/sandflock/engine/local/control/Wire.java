/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.netty.channel.ChannelOption;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.http.Answers;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Puts answers on the wire, and what faults put there instead. */
final class Wire {

    private Wire() {}

    static Mono<Void> send(HttpServerResponse response, Answer answer, Map<String, String> headers) {
        headers.forEach(response::header);
        answer.headers().forEach(response::header);
        response.header("X-Daytona-Api-Version", ConfigRoutes.VERSION);
        return answer.contentType().isEmpty()
                ? Answers.empty(response, answer.status())
                : Answers.bytes(response, answer.status(), answer.contentType(), answer.body());
    }

    /** The answer of a request at which these faults happen. */
    static Mono<Answer> withFaults(HttpServerResponse response, List<Fault> faults, Mono<Answer> answer) {
        Mono<Answer> faulty = answer;
        for (Fault fault : faults) {
            faulty = withFault(response, fault, faulty);
        }
        return faulty;
    }

    private static Mono<Answer> withFault(HttpServerResponse response, Fault fault, Mono<Answer> answer) {
        if (fault instanceof Fault.SlowAnswer slow) {
            return answer.flatMap(late -> Mono.delay(slow.delay()).thenReturn(late));
        }
        if (fault instanceof Fault.Refusal refusal) {
            return Mono.error(() -> new ApiException(refusal.status(), refusal.message(), refusal.headers()));
        }
        if (fault instanceof Fault.BadGateway gateway) {
            return done(gateway.committed(), answer).thenReturn(Answer.empty(502));
        }
        if (fault instanceof Fault.LateCommit late) {
            return Mono.fromSupplier(() -> {
                // Detached: the platform's own work, which nobody waits for; ends by itself.
                Mono.delay(late.delay()).then(answer).subscribe(done -> {}, refused -> {});
                return Answer.empty(502);
            });
        }
        if (fault instanceof Fault.Reset reset) {
            return done(reset.committed(), answer).then(reset(response));
        }
        if (fault instanceof Fault.NoAnswer none) {
            return done(none.committed(), answer).then(Mono.never());
        }
        return answer;
    }

    /** What was asked for happens, and its answer is lost. */
    private static Mono<Void> done(boolean committed, Mono<Answer> answer) {
        return committed ? answer.onErrorComplete().then() : Mono.empty();
    }

    /** Closes with a reset: what is lingering is thrown away, so that the client does not see an orderly end. */
    static Mono<Answer> reset(HttpServerResponse response) {
        return Mono.fromRunnable(() -> response.withConnection(connection -> {
                    connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                    connection.dispose();
                }))
                .then(Mono.never());
    }
}
