/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.ApiClient.Reply;
import io.sandflock.engine.testing.TestPlatform;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.test.StepVerifier;

/** Who may come in, and how much they may bring. */
class ServerTrustTest {

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create()
            .local(options -> options.withLimits(LocalLimits.DEFAULT
                    .withRate("sandbox-create", new LocalLimits.Rate(2, Duration.ofMinutes(1)))
                    .withQuota(new LocalLimits.Quota(1, 1, 100))));

    private ApiClient api = ApiClient.of(URI.create("http://127.0.0.1/"), "none");

    @BeforeEach
    void connect() {
        api = ApiClient.of(platform.url(), platform.key());
    }

    @Test
    void everythingButTheConfigurationNeedsTheKey() {
        ApiClient stranger = ApiClient.of(platform.url(), "wrong");
        assertThat(stranger.send("GET", "/config").text("defaultSnapshot")).isEqualTo("daytona-small");
        assertThat(stranger.send("GET", "/sandbox").status()).isEqualTo(401);
        Reply refused = stranger.send("POST", "/sandbox", "{}");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.text("error")).isEqualTo("Unauthorized");
        URI toolbox = URI.create(platform.url().toString().replace("/api", "/toolbox/x"));
        assertThat(ApiClient.of(toolbox, "wrong").send("GET", "/work-dir").status())
                .isEqualTo(401);
        assertThat(ApiClient.of(toolbox, platform.key())
                        .send("GET", "/work-dir")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aHostThatIsNotLoopbackIsRefused() {
        assertThat(api.with("Host", "evil.example:" + platform.url().getPort())
                        .send("GET", "/config")
                        .status())
                .isEqualTo(403);
        assertThat(api.with("Host", "localhost:" + platform.url().getPort())
                        .send("GET", "/config")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void anotherOrganizationIsRefused() {
        assertThat(api.with("X-Daytona-Organization-ID", "other")
                        .send("GET", "/sandbox")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void aBodyPastTheLimitIsA413AndTheServerGoesOn() {
        String large = "{\"name\":\"" + "x".repeat(LocalLimits.DEFAULT.jsonBodyBytes()) + "\"}";
        assertThat(api.send("POST", "/sandbox", large).status()).isEqualTo(413);
        assertThat(api.send("GET", "/sandbox").status()).isEqualTo(200);
    }

    @Test
    void anUnknownRouteAndABrokenBodyAreErrorBodies() {
        Reply unknown = api.send("GET", "/nothing/here");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.text("message")).isEqualTo("Cannot GET /api/nothing/here");
        Reply broken = api.send("PUT", "/sandbox/x/labels", "{\"secret\": tr");
        assertThat(broken.status()).isEqualTo(400);
        assertThat(broken.text()).doesNotContain("secret");
    }

    @Test
    void wrongTypesAreNamedTogetherAndUnknownPropertiesAreIgnored() {
        Reply refused = api.send(
                "POST", "/sandbox", "{\"name\":7,\"autoStopInterval\":-1,\"public\":\"yes\",\"somethingNew\":{}}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text("message"))
                .isEqualTo("name must be a string, public must be a boolean value,"
                        + " autoStopInterval must not be less than 0");
    }

    @Test
    void whoExceedsARateIsToldWhenToComeBack() {
        api.send("POST", "/sandbox", "{\"name\":\"\",\"cpu\":1}");
        Reply second = api.send("POST", "/sandbox", "{\"cpu\":1}");
        assertThat(second.status()).isEqualTo(400);
        assertThat(second.headers().get("X-RateLimit-Remaining-sandbox-create")).isEqualTo("0");
        Reply third = api.send("POST", "/sandbox", "{}");
        assertThat(third.status()).isEqualTo(429);
        assertThat(Integer.parseInt(third.headers().get("Retry-After-sandbox-create")))
                .isBetween(1, 60);
        assertThat(api.send("GET", "/sandbox").status()).isEqualTo(200);
    }

    @Test
    void aQuotaIsA400ThatNamesTheMaximum() {
        Reply first = api.send("POST", "/sandbox", "{}");
        Reply second = api.send("POST", "/sandbox", "{}");
        assertThat(second.status()).isEqualTo(400);
        assertThat(second.text("message")).isEqualTo("Total CPU limit exceeded. Maximum allowed: 1.");
        api.send("DELETE", "/sandbox/" + first.text("id"));
    }

    @Test
    void aSubstrateWithoutImagesRefusesThemAndSaysSo() {
        Reply refused = api.send("POST", "/sandbox", "{\"buildInfo\":{\"dockerfileContent\":\"FROM x:1\"}}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text("message")).contains("simulated").contains("no images");
        assertThat(api.send("POST", "/snapshots", "{\"name\":\"a\",\"imageName\":\"x:1\"}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aPortInUseIsNamed() {
        LocalOptions same = LocalOptions.of(SimulatedSubstrate.of(SimulatedOptions.DEFAULT))
                .withPort(platform.url().getPort());
        StepVerifier.create(LocalPlatform.start(same))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(InvalidInputException.class)
                        .hasMessageContaining("port " + platform.url().getPort()))
                .verify(Duration.ofSeconds(30));
    }

    @Test
    void theKeyIsNotInTheText() {
        assertThat(platform.platform().key().toString()).isEqualTo("***");
        assertThat(platform.platform().options().toString()).doesNotContain(platform.key());
    }
}
