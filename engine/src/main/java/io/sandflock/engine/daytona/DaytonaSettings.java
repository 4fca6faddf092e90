/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * How the platform is reached. {@link #of(Secret)} has the defaults.
 *
 * @param url the API's base, {@code /api} included, without a trailing slash
 * @param token an API key, or a JWT
 * @param organizationId sent with a JWT, which needs it; an API key belongs to one organization and needs none
 * @param jwt whether {@code token} is a JWT
 * @param target the region of sandboxes that name none
 * @param controlConnections at most so many connections to the control plane
 * @param toolboxConnections at most so many connections to each toolbox host; a running command holds one
 * @param pendingCalls at most so many calls wait for a connection; one more is refused
 * @param connectWithin TCP connect
 * @param answerWithin from the call to the end of its answer, waiting for a connection included
 * @param createWithin the same for creating and starting, which the server holds for up to 30 s
 * @param transferWithin the same for uploads and downloads
 */
public record DaytonaSettings(
        URI url,
        Secret token,
        Optional<String> organizationId,
        boolean jwt,
        Optional<String> target,
        int controlConnections,
        int toolboxConnections,
        int pendingCalls,
        Duration connectWithin,
        Duration answerWithin,
        Duration createWithin,
        Duration transferWithin) {

    /** The hosted service. */
    public static final URI DEFAULT_URL = URI.create("https://app.daytona.io/api");

    /** Refuses what cannot work, and cuts a trailing slash. */
    public DaytonaSettings {
        url = checked(url);
        Objects.requireNonNull(token, "token");
        if (jwt && organizationId.isEmpty()) {
            throw new IllegalArgumentException("a JWT needs an organization id: set DAYTONA_ORGANIZATION_ID");
        }
        positive("controlConnections", controlConnections);
        positive("toolboxConnections", toolboxConnections);
        positive("pendingCalls", pendingCalls);
        positive("connectWithin", connectWithin);
        positive("answerWithin", answerWithin);
        positive("createWithin", createWithin);
        positive("transferWithin", transferWithin);
        if (createWithin.compareTo(Duration.ofSeconds(60)) < 0) {
            throw new IllegalArgumentException(
                    "createWithin is " + createWithin + "; the server alone may take 30 s: at least PT60S");
        }
    }

    /** The hosted service with an API key, and the defaults. */
    public static DaytonaSettings of(Secret apiKey) {
        return new DaytonaSettings(
                DEFAULT_URL,
                apiKey,
                Optional.empty(),
                false,
                Optional.empty(),
                128,
                1_000,
                100_000,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(90),
                Duration.ofMinutes(30));
    }

    /** The same at another base URL. */
    public DaytonaSettings withUrl(URI newUrl) {
        return new DaytonaSettings(
                newUrl,
                token,
                organizationId,
                jwt,
                target,
                controlConnections,
                toolboxConnections,
                pendingCalls,
                connectWithin,
                answerWithin,
                createWithin,
                transferWithin);
    }

    /** The same with a JWT of an organization in place of the key. */
    public DaytonaSettings withJwt(Secret newToken, String organization) {
        return new DaytonaSettings(
                url,
                newToken,
                Optional.of(organization),
                true,
                target,
                controlConnections,
                toolboxConnections,
                pendingCalls,
                connectWithin,
                answerWithin,
                createWithin,
                transferWithin);
    }

    /** The same with a region for sandboxes that name none. */
    public DaytonaSettings withTarget(String newTarget) {
        return new DaytonaSettings(
                url,
                token,
                organizationId,
                jwt,
                Optional.of(newTarget),
                controlConnections,
                toolboxConnections,
                pendingCalls,
                connectWithin,
                answerWithin,
                createWithin,
                transferWithin);
    }

    /** The same with other bounds on the connections. */
    public DaytonaSettings withConnections(int control, int toolbox, int pending) {
        return new DaytonaSettings(
                url,
                token,
                organizationId,
                jwt,
                target,
                control,
                toolbox,
                pending,
                connectWithin,
                answerWithin,
                createWithin,
                transferWithin);
    }

    /** The same with other times for an ordinary call, a creation and a transfer. */
    public DaytonaSettings withTimes(Duration answer, Duration create, Duration transfer) {
        return new DaytonaSettings(
                url,
                token,
                organizationId,
                jwt,
                target,
                controlConnections,
                toolboxConnections,
                pendingCalls,
                connectWithin,
                answer,
                create,
                transfer);
    }

    private static URI checked(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
            throw new IllegalArgumentException("the API's URL is '" + withoutUserInfo(url)
                    + "'; expected http(s)://host[:port]/api, for example " + DEFAULT_URL);
        }
        if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("the API's URL must have no user, query or fragment: " + scheme + "://"
                    + url.getHost() + url.getRawPath());
        }
        String text = url.toString();
        return text.endsWith("/") ? URI.create(text.replaceAll("/+$", "")) : url;
    }

    private static String withoutUserInfo(URI url) {
        return url.toString().replaceAll("//[^/@]*@", "//***@");
    }

    private static void positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; at least 1 is needed");
        }
    }

    private static void positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(name + " is " + value + "; more than zero is needed");
        }
    }
}
