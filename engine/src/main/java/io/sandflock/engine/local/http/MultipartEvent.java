/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a multipart body is made of, in order. */
sealed interface MultipartEvent {

    /** A part begins. */
    record Begin(String name, @Nullable String filename) implements MultipartEvent {}

    /** Bytes of the part that began last. */
    record Data(ByteBuffer bytes) implements MultipartEvent {}

    /** The body broke off or is malformed: the last event. */
    record Broken(Throwable cause) implements MultipartEvent {}
}
