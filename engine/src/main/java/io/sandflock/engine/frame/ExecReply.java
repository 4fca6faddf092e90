/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import java.util.Objects;
import java.util.Optional;

/**
 * What the claim-once program answered.
 *
 * @param id the execution
 * @param status how it stands
 * @param claimed whether this very request claimed it, and so started or barred it
 * @param ending how it ended; {@link Ending#EXITED} while it runs
 * @param exitCode 0-255; 0 while it runs
 * @param millis from the start to the end or to now, as well as the sandbox can measure
 * @param stdout a part of standard output
 * @param stderr a part of standard error. For a start that failed ({@link Ending#isStartFailure()}) or a {@link Status#FAILED}
 *     request: the reason, as text
 * @param spool where more of the output can be downloaded; empty when it only comes in answers
 */
public record ExecReply(
        ExecutionId id,
        Status status,
        boolean claimed,
        Ending ending,
        int exitCode,
        long millis,
        Chunk stdout,
        Chunk stderr,
        Optional<Spool> spool) {

    /** Without a spool. */
    public ExecReply(
            ExecutionId id,
            Status status,
            boolean claimed,
            Ending ending,
            int exitCode,
            long millis,
            Chunk stdout,
            Chunk stderr) {
        this(id, status, claimed, ending, exitCode, millis, stdout, stderr, Optional.empty());
    }

    /** Checks the ranges. */
    public ExecReply {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(ending, "ending");
        Objects.requireNonNull(stdout, "stdout");
        Objects.requireNonNull(stderr, "stderr");
        if (exitCode < 0 || exitCode > 255) {
            throw new IllegalArgumentException("exitCode must be between 0 and 255, was " + exitCode);
        }
        if (millis < 0) {
            throw new IllegalArgumentException("millis must not be negative, was " + millis);
        }
    }

    /** The same with the sizes of the output, and none of it. */
    public ExecReply withoutOutput() {
        return new ExecReply(
                id, status, claimed, ending, exitCode, millis, stdout.withoutBytes(), stderr.withoutBytes(), spool);
    }

    /** An answer without output. */
    public static ExecReply of(ExecutionId id, Status status) {
        return new ExecReply(id, status, false, Ending.EXITED, 0, 0, Chunk.NONE, Chunk.NONE);
    }

    /**
     * Where the output lies in the sandbox: what was printed is in files of one size, each written once, from its beginning to its end.
     * A streamed execution keeps what was not taken; a collected one its newest bytes.
     *
     * @param segment bytes of each file but the last
     * @param base begins their paths
     */
    public record Spool(long segment, String base) {

        /** Refuses segments of no size, and paths that are not absolute. */
        public Spool {
            if (segment < 1 || !base.startsWith("/")) {
                throw new IllegalArgumentException("not a spool");
            }
        }

        /** The file of a stream that holds the bytes from {@code number * segment}. */
        public String path(boolean stdout, long number) {
            return base + (stdout ? ".o." : ".e.") + number;
        }
    }

    /** How an execution stands. */
    public enum Status {
        /** The command runs, or is about to. */
        RUNNING,
        /** The command ended, or could not be started. */
        DONE,
        /** Nobody claimed this execution, or what it left was deleted. */
        UNKNOWN,
        /** It was claimed, and what watched over it is gone without having left a result. */
        LOST,
        /** The request itself failed, for example for want of disk space; nothing was claimed. */
        FAILED,
        /** {@link ExecCall.Operation#CLEAN} is done. */
        CLEANED
    }

    /** How a command ended. */
    public enum Ending {
        /** By itself, or by a signal that was not ours. */
        EXITED,
        /** By its timeout. */
        TIMED_OUT,
        /** By {@link ExecCall.Operation#KILL}, perhaps before it was started. */
        KILLED,
        /** The program could not be executed; exit code 127 when it was not found, 126 otherwise. */
        EXEC_FAILED,
        /** By itself, but a part of its output is lost: there was no room for it in the sandbox. */
        OUTPUT_LOST,
        /** There is no such working directory, or it cannot be entered. */
        CWD_FAILED,
        /** There is no such user, or no way to become that user. */
        USER_FAILED,
        /** What should carry the command to its place ({@link ExecCall.Start#reach()}) ended before it got there; its exit code. */
        REACH_FAILED;

        /** Whether the command never ran. */
        public boolean isStartFailure() {
            return this == EXEC_FAILED || this == CWD_FAILED || this == USER_FAILED || this == REACH_FAILED;
        }
    }

    /**
     * A part of a stream.
     *
     * @param size bytes that the stream had in all when the answer was written
     * @param offset where {@code bytes} begin
     * @param bytes the part, perhaps empty
     */
    public record Chunk(long size, long offset, byte[] bytes) {

        /** No output. */
        public static final Chunk NONE = new Chunk(0, 0, new byte[0]);

        /** Checks that the part lies within the stream. */
        public Chunk {
            if (size < 0 || offset < 0 || (bytes.length > 0 && offset + bytes.length > size)) {
                throw new IllegalArgumentException(
                        "a part of " + bytes.length + " bytes at " + offset + " is not within " + size + " bytes");
            }
        }

        /** The part that an {@link ExecCall.Answer} asks for of a whole stream. */
        public static Chunk of(byte[] stream, long offset, long keep, int chunk) {
            long from = keep > 0 ? Math.max(offset, stream.length - keep) : offset;
            int start = (int) Math.min(from, stream.length);
            int end = (int) Math.min((long) start + chunk, stream.length);
            return new Chunk(stream.length, from, java.util.Arrays.copyOfRange(stream, start, end));
        }

        Chunk withoutBytes() {
            return bytes.length == 0 ? this : new Chunk(size, offset, NONE.bytes);
        }

        /** The offset after this part. */
        public long next() {
            return offset + bytes.length;
        }

        /** Numbers only. */
        @Override
        public String toString() {
            return "Chunk[" + bytes.length + " at " + offset + " of " + size + "]";
        }
    }
}
