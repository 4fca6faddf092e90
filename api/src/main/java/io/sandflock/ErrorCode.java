/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

/**
 * What went wrong, as a countable name. A code says nothing of whether a retry helps: that is the exception's class,
 * {@link TransientException} or {@link PermanentException}.
 */
public enum ErrorCode {
    /** Input of the user's was refused before anything was created: an eval file, a dataset, an option, an argument. */
    INVALID_INPUT,
    /** The platform refused the key, or the key lacks a permission. */
    UNAUTHORIZED,
    /** The platform could not be reached, or the connection broke. */
    UNREACHABLE,
    /** A call was not answered within its deadline. */
    TIMEOUT,
    /** The platform asked to slow down (429, or 503 with a time). */
    RATE_LIMITED,
    /** A quota of the organization is used up, or no runner is free. Retrying helps once a sandbox was freed. */
    QUOTA_EXCEEDED,
    /** Something with this name exists already. */
    CONFLICT,
    /** The platform does not know what was asked for. */
    NOT_FOUND,
    /** The platform answered with an error of its own (5xx), or with an answer that could not be read. */
    PLATFORM_ERROR,
    /** The platform cannot do what was asked, for example images on a substrate without them. */
    UNSUPPORTED,
    /** A sandbox was created and did not start. */
    START_FAILED,
    /** A compose service could not be built, did not start, or did not become healthy. */
    SERVICE_FAILED,
    /** A sandbox that was in use stopped, was deleted, or died. Never a failure of the command that ran in it. */
    SANDBOX_UNAVAILABLE,
    /** A snapshot could not be built, pulled or activated. */
    SNAPSHOT_FAILED,
    /** A command ran into its own timeout and was killed. */
    COMMAND_TIMEOUT,
    /** A command could not be started for a reason that the command itself cannot produce. */
    EXEC_FAILED,
    /** A file operation failed; see {@link FileException}. */
    FILE_ERROR,
    /** A read or an output exceeded the limit given for it. */
    LIMIT_EXCEEDED,
    /** The caller, or the run, was cancelled. */
    CANCELLED,
    /** A defect of Sandflock's own. */
    INTERNAL
}
