/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import reactor.core.publisher.Mono;

/** The build contexts that clients uploaded to the platform's object storage. */
@FunctionalInterface
public interface UploadedContexts {

    /** An uploaded tar, by the hash that names it in {@link ImageSpec#contextHashes()}. Cold; an error when it was not uploaded. */
    Mono<byte[]> find(String hash);
}
