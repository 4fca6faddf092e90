/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.ErrorCode;
import io.sandflock.TransientException;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Where a listing stands. One for each subscription; pages are asked for one after the other. */
final class Cursor {

    private @Nullable String next = "";

    private Cursor() {}

    /**
     * All pages. The next one is asked for when the items of the one before were taken.
     *
     * @param page the page at a cursor, at first the empty one
     * @param following the cursor that a page names, {@code null} or empty on the last
     */
    static <P> Flux<P> pages(Function<String, Mono<P>> page, Function<P, @Nullable String> following) {
        return Flux.defer(() -> {
            Cursor cursor = new Cursor();
            return Mono.defer(() -> page.apply(Objects.requireNonNull(cursor.next)))
                    .doOnNext(got -> cursor.advance(following.apply(got)))
                    .repeat(() -> cursor.next != null);
        });
    }

    /** A page's items; refuses a page without them. */
    static <T> List<T> items(@Nullable List<@Nullable T> items) {
        return Json.required(items, "items").stream()
                .map(item -> Json.required(item, "items[]"))
                .toList();
    }

    static TransientException garbled(Call call, Throwable cause) {
        return new TransientException(
                ErrorCode.PLATFORM_ERROR,
                "a page of the listing could not be read: " + cause.getMessage(),
                Failures.context(call, 200, null),
                null);
    }

    private void advance(@Nullable String following) {
        if (following == null || following.isEmpty()) {
            next = null;
        } else if (following.equals(next)) {
            throw new Json.GarbledException("the field 'nextCursor' is that of the page before");
        } else {
            next = following;
        }
    }
}
