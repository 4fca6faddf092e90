/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A command to run in an {@link Environment}: an argument vector, never a shell line. Immutable.
 *
 * <p>No argument, environment name or value may hold a NUL character: it is refused when the request is built.
 */
public final class ExecRequest {

    /** Bytes kept of each output stream when the request names no limit: 10 MiB. */
    public static final long DEFAULT_OUTPUT_LIMIT = 10L << 20;

    private final List<String> argv;
    private final @Nullable String cwd;
    private final Map<String, String> env;
    private final @Nullable String user;
    private final byte @Nullable [] stdin;
    private final @Nullable Duration timeout;
    private final long outputLimit;

    private ExecRequest(Builder builder) {
        this.argv = builder.argv;
        this.cwd = builder.cwd;
        this.env = Collections.unmodifiableMap(new LinkedHashMap<>(builder.env));
        this.user = builder.user;
        this.stdin = builder.stdin;
        this.timeout = builder.timeout;
        this.outputLimit = builder.outputLimit;
    }

    /** A request with all defaults. */
    public static ExecRequest of(String... argv) {
        return builder(List.of(argv)).build();
    }

    /** {@code sh -c line}. */
    public static ExecRequest shell(String line) {
        return of("sh", "-c", line);
    }

    /** @throws IllegalArgumentException when {@code argv} is empty or holds a NUL character */
    public static Builder builder(List<String> argv) {
        return new Builder(argv);
    }

    /** The argument vector; at least one element. */
    public List<String> argv() {
        return argv;
    }

    /** Absolute, or relative to the environment's working directory, which is also the default. */
    public Optional<String> cwd() {
        return Optional.ofNullable(cwd);
    }

    /** Added to the environment's own variables, after the switch of user. */
    public Map<String, String> env() {
        return env;
    }

    /** A name or a numeric id; the environment's default user when empty. */
    public Optional<String> user() {
        return Optional.ofNullable(user);
    }

    /** Standard input. Empty: the command reads EOF at once, as it does from an empty array. */
    public Optional<byte[]> stdin() {
        return Optional.ofNullable(stdin).map(byte[]::clone);
    }

    /** Enforced inside the sandbox, from the command's start; none when empty. */
    public Optional<Duration> timeout() {
        return Optional.ofNullable(timeout);
    }

    /** Bytes kept of each of stdout and stderr, the newest. Defaults to {@link #DEFAULT_OUTPUT_LIMIT}. */
    public long outputLimit() {
        return outputLimit;
    }

    /** Names the program, never its arguments, variables or input: they may be secret. */
    @Override
    public String toString() {
        return "ExecRequest[" + argv.get(0) + " +" + (argv.size() - 1) + " arguments]";
    }

    /** Collects what differs from the defaults. Not thread-safe. */
    public static final class Builder {

        private final List<String> argv;
        private @Nullable String cwd = null;
        private final Map<String, String> env = new LinkedHashMap<>();
        private @Nullable String user = null;
        private byte @Nullable [] stdin = null;
        private @Nullable Duration timeout = null;
        private long outputLimit = DEFAULT_OUTPUT_LIMIT;

        private Builder(List<String> argv) {
            this.argv = List.copyOf(argv);
            if (argv.isEmpty()) {
                throw new IllegalArgumentException("argv must not be empty");
            }
            this.argv.forEach(argument -> refuseNul(argument, "argument"));
        }

        /** Working directory, absolute or relative to the environment's. */
        public Builder cwd(String cwd) {
            this.cwd = refuseNul(cwd, "cwd");
            return this;
        }

        /** One variable. */
        public Builder env(String name, String value) {
            if (refuseNul(name, "variable name").isEmpty() || name.indexOf('=') >= 0) {
                throw new IllegalArgumentException("not the name of an environment variable: '" + name + "'");
            }
            env.put(name, refuseNul(value, "variable " + name));
            return this;
        }

        /** Several variables. */
        public Builder env(Map<String, String> variables) {
            variables.forEach(this::env);
            return this;
        }

        /** A user's name or numeric id. */
        public Builder user(String user) {
            this.user = refuseNul(user, "user");
            return this;
        }

        /** Standard input, copied. */
        public Builder stdin(byte[] stdin) {
            this.stdin = stdin.clone();
            return this;
        }

        /** Time from the command's start until its process tree is killed; resolution: ms. */
        public Builder timeout(Duration timeout) {
            if (timeout.toMillis() <= 0) {
                throw new IllegalArgumentException("timeout must be at least 1 ms, was " + timeout);
            }
            this.timeout = timeout;
            return this;
        }

        /** Bytes kept of each output stream; at least 1. */
        public Builder outputLimit(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("outputLimit must be at least 1 byte, was " + bytes);
            }
            this.outputLimit = bytes;
            return this;
        }

        /** The request. */
        public ExecRequest build() {
            return new ExecRequest(this);
        }

        private static String refuseNul(String text, String what) {
            if (Objects.requireNonNull(text, what).indexOf('\0') >= 0) {
                throw new IllegalArgumentException("embedded null byte in " + what);
            }
            return text;
        }
    }
}
