/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * How the platform is reached. {@link #of(Secret)} has the defaults.
 *
 * @param url the API's base, {@code /api} included, without a trailing slash
 * @param identity who asks
 * @param target the region of sandboxes that name none
 * @param connections how many of them at most
 * @param times how long to wait
 */
public record DaytonaSettings(
        URI url, Identity identity, Optional<String> target, Connections connections, Times times) {

    /** The hosted service. */
    public static final URI DEFAULT_URL = URI.create("https://app.daytona.io/api");

    /** Refuses what cannot work, and cuts a trailing slash. */
    public DaytonaSettings {
        url = checked(url);
        Objects.requireNonNull(identity, "identity");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(connections, "connections");
        Objects.requireNonNull(times, "times");
    }

    /** The hosted service with an API key, and the defaults. */
    public static DaytonaSettings of(Secret apiKey) {
        return new DaytonaSettings(
                DEFAULT_URL,
                new Identity(apiKey, Optional.empty()),
                Optional.empty(),
                Connections.DEFAULT,
                Times.DEFAULT);
    }

    /** The same at another base URL. */
    public DaytonaSettings withUrl(URI other) {
        return new DaytonaSettings(other, identity, target, connections, times);
    }

    /** The same with a JWT of an organization in place of the key. */
    public DaytonaSettings withJwt(Secret token, String organization) {
        return new DaytonaSettings(url, new Identity(token, Optional.of(organization)), target, connections, times);
    }

    /** The same with a region for sandboxes that name none. */
    public DaytonaSettings withTarget(String region) {
        return new DaytonaSettings(url, identity, Optional.of(region), connections, times);
    }

    /** The same with other bounds on the connections. */
    public DaytonaSettings withConnections(Connections other) {
        return new DaytonaSettings(url, identity, target, other, times);
    }

    /** The same with other times. */
    public DaytonaSettings withTimes(Times other) {
        return new DaytonaSettings(url, identity, target, connections, other);
    }

    /**
     * Who asks.
     *
     * @param token an API key, or a JWT
     * @param organizationId makes the token a JWT, which belongs to no organization; an API key belongs to one
     */
    public record Identity(Secret token, Optional<String> organizationId) {
        /** Refuses {@code null}. */
        public Identity {
            Objects.requireNonNull(token, "token");
            Objects.requireNonNull(organizationId, "organizationId");
        }
    }

    /**
     * Bounds.
     *
     * @param create connections for creates, which the platform holds until the sandbox is started
     * @param control connections to the rest of the control plane
     * @param toolbox connections to each toolbox host; a running command holds one, so it is not to be below the number of sandboxes
     * @param pending calls that wait for a connection; one more is refused
     */
    public record Connections(int create, int control, int toolbox, int pending) {
        /** 1,000, 128, 20,000 and 100,000. */
        public static final Connections DEFAULT = new Connections(1_000, 128, 20_000, 100_000);

        /** Refuses numbers below 1. */
        public Connections {
            positive("create connections", create);
            positive("control connections", control);
            positive("toolbox connections", toolbox);
            positive("pending calls", pending);
        }

        private static void positive(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + ": " + value + "; at least 1 is needed");
            }
        }
    }

    /**
     * How long to wait.
     *
     * @param connect TCP connect
     * @param answer from the call to the end of its answer, waiting for a connection included
     * @param create the same for creating and starting, which the server holds for up to 30 s
     * @param transfer the same for uploads and downloads
     */
    public record Times(Duration connect, Duration answer, Duration create, Duration transfer) {
        private static final Duration SERVER_MAY_TAKE = Duration.ofSeconds(60);

        /** 10 s, 60 s, 90 s and 30 minutes. */
        public static final Times DEFAULT = new Times(
                Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(90), Duration.ofMinutes(30));

        /** Refuses times that are not positive, and too little of it for a creation. */
        public Times {
            for (Duration time : List.of(connect, answer, create, transfer)) {
                if (time.isZero() || time.isNegative()) {
                    throw new IllegalArgumentException("a time to wait must be positive, was " + time);
                }
            }
            if (create.compareTo(SERVER_MAY_TAKE) < 0) {
                throw new IllegalArgumentException(
                        "create is " + create + "; the server alone may take 30 s: at least " + SERVER_MAY_TAKE);
            }
        }
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
}
