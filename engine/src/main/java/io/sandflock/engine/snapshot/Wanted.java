/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.Snapshots;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * A snapshot that must be there.
 *
 * @param name says what it is made from: the same name is the same content
 * @param what for people: what it is made from
 * @param source uploads what the platform needs and says what it builds; subscribed to only when there is no such snapshot
 * @param isOurs whether it may be created, and replaced when it failed
 * @param hasLog whether the platform keeps a log of how it is made
 * @param resources what sandboxes from it may use
 * @param secrets texts that must not be shown
 */
record Wanted(
        String name,
        String what,
        Mono<Snapshots.Source> source,
        boolean isOurs,
        boolean hasLog,
        CreateSandbox.Resources resources,
        List<String> secrets) {

    Wanted {
        secrets = List.copyOf(secrets);
    }

    /** Somebody's, by its name. */
    static Wanted named(String name) {
        Mono<Snapshots.Source> missing = Mono.error(() -> new PermanentException(
                ErrorCode.NOT_FOUND,
                "the platform has no snapshot '" + name + "'; 'sandflock plan' shows where the name comes from",
                ErrorContext.NONE));
        return new Wanted(
                name, "the snapshot " + name, missing, false, true, CreateSandbox.Resources.DEFAULT, List.of());
    }
}
