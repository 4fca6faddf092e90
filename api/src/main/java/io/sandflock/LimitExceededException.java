/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

/** A file or an output is larger than the limit given for it. Nothing of it was returned. */
public final class LimitExceededException extends PermanentException {

    private static final long serialVersionUID = 1L;

    private final long limit;
    private final long size;

    /**
     * @param what what was read, for example {@code /tmp/big.bin}
     * @param limit the limit in bytes
     * @param size the true size in bytes, or -1 when it is not known
     */
    public LimitExceededException(String what, long limit, long size, ErrorContext context) {
        super(
                ErrorCode.LIMIT_EXCEEDED,
                what + (size < 0 ? " is" : ": " + size + " bytes are") + " more than the limit of " + limit + " bytes",
                context);
        this.limit = limit;
        this.size = size;
    }

    /** The limit in bytes. */
    public long limit() {
        return limit;
    }

    /** The true size in bytes, or -1. */
    public long size() {
        return size;
    }
}
