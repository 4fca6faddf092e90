/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the sandboxes of the embedded platform run on. */
public interface Substrate {

    /** {@code namespace}, {@code docker} or {@code simulated}. */
    String name();

    /** One line on what separates a sandbox from the host and from its neighbours, and what does not. */
    String isolation();

    /** Whether sandboxes can be made from images and Dockerfiles. */
    boolean hasImages();

    /**
     * Whether a sandbox can be kept from all addresses but a list; when not, a create that asks for it is refused rather than
     * left with more network than it was given.
     */
    default boolean hasAllowLists() {
        return false;
    }

    /**
     * Pulls or builds an image. Cold: each subscription does it once. Emits the log as it grows and completes when sandboxes can be
     * made from it; errors with what went wrong. Asked only when there {@linkplain #hasImages() are images}.
     *
     * @param contexts what {@link ImageSpec#contextHashes()} name
     */
    default Flux<String> build(ImageSpec image, UploadedContexts contexts) {
        return Flux.error(new PermanentException(
                ErrorCode.UNSUPPORTED, "the substrate " + name() + " has no images", ErrorContext.NONE));
    }

    /** Forgets an image that was built or pulled: no sandbox is made from it any more. Those that were live on. Idempotent. */
    default Mono<Void> remove(String image) {
        return Mono.empty();
    }

    /**
     * Checks that sandboxes can be made and sweeps what earlier processes left. Errors with
     * {@link io.sandflock.ErrorCode#UNSUPPORTED}, saying what is missing and what to do.
     */
    Mono<Void> open();

    /**
     * Makes a machine and starts it; emits once commands can be run. On cancel or error nothing is left.
     */
    Mono<Machine> create(MachineSpec spec);

    /** Destroys all machines. */
    Mono<Void> closeLater();
}
