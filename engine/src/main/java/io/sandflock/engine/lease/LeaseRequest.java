/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.engine.platform.CreateSandbox;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A sandbox that is wanted.
 *
 * @param names a new name, unique across runs, each time: the name of a sandbox that was deleted is never used again
 * @param create the request for a name; its labels tell our sandbox from anybody else's of the same name
 * @param timeout from the first request until the sandbox is started; read then, and not before
 * @param keep leaves the sandbox at the release and reports it as left over
 */
public record LeaseRequest(
        Supplier<String> names, Function<String, CreateSandbox> create, Supplier<Duration> timeout, boolean keep) {

    /** Refuses {@code null}. */
    public LeaseRequest {
        Objects.requireNonNull(names, "names");
        Objects.requireNonNull(create, "create");
        Objects.requireNonNull(timeout, "timeout");
    }

    /** From the first request until the sandbox is started. */
    Duration createTimeout() {
        return timeout.get();
    }
}
