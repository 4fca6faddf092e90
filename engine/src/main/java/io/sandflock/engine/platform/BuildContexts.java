/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** The platform's object storage for build contexts. */
public interface BuildContexts {

    /**
     * Uploads a tar archive under its hash, unless it is there already.
     *
     * @param hash the caller's content hash, lower-case hexadecimal
     * @param tar the archive; subscribed to only when it is missing
     * @param size its exact size in bytes
     * @return whether it was uploaded
     */
    Mono<Boolean> upload(String hash, Publisher<ByteBuffer> tar, long size);
}
