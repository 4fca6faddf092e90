/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.TestPlatform;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.test.StepVerifier;

/** The event socket, packet by packet. */
class EventSocketTest {

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create();

    @Test
    void eventsOfASandboxComeInOrder() {
        ApiClient api = ApiClient.of(platform.url(), platform.key());
        StepVerifier.create(packets(packet -> packet.startsWith("0{")
                        ? Mono.just("40{\"token\":\"" + platform.key() + "\"}")
                        : packet.startsWith("40") ? createAndDelete(api) : Mono.empty()))
                .assertNext(packet -> assertThat(packet).startsWith("0{").contains("pingInterval"))
                .assertNext(packet -> assertThat(packet).startsWith("40{\"sid\""))
                .assertNext(packet -> assertThat(packet).startsWith("42[\"sandbox.created\",{\"id\""))
                .assertNext(packet -> assertThat(packet)
                        .startsWith("42[\"sandbox.state.updated\",{\"sandbox\":{")
                        .contains("\"oldState\":\"creating\",\"newState\":\"started\""))
                .assertNext(packet -> assertThat(packet).contains("\"newState\":\"destroying\""))
                .assertNext(packet -> assertThat(packet).contains("\"newState\":\"destroyed\""))
                .thenCancel()
                .verify(Duration.ofSeconds(30));
    }

    @Test
    void aWrongTokenIsToldSoAndCutOff() {
        StepVerifier.create(
                        packets(packet -> packet.startsWith("0{") ? Mono.just("40{\"token\":\"x\"}") : Mono.empty()))
                .expectNextMatches(packet -> packet.startsWith("0{"))
                .expectNext("44{\"message\":\"Invalid credentials\"}")
                .expectComplete()
                .verify(Duration.ofSeconds(30));
    }

    @Test
    void longPollingIsRefused() {
        ApiClient api = ApiClient.of(platform.url(), platform.key());
        assertThat(api.send("GET", "/socket.io/?EIO=4&transport=polling").status())
                .isEqualTo(400);
    }

    private static Mono<String> createAndDelete(ApiClient api) {
        return api.later("POST", "/sandbox", "{\"name\":\"seen\"}")
                .then(api.later("DELETE", "/sandbox/seen", ""))
                .then(Mono.empty());
    }

    /** What the server sends, to whose packets {@code answers} are sent. */
    private Flux<String> packets(Function<String, Mono<String>> answers) {
        String url = platform.url().toString().replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket";
        return HttpClient.create().websocket().uri(url).handle((in, out) -> {
            Flux<String> received = in.receive().asString().publish().refCount(2);
            Publisher<String> sent = received.flatMap(answers, 8, 1);
            return received.mergeWith(out.sendString(sent).then().cast(String.class));
        });
    }
}
