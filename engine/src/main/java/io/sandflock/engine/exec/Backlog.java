/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.TransientException;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Chunk;
import io.sandflock.engine.frame.ExecReply.Spool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Output that has gathered in the sandbox: downloaded as files, which costs a fraction of what it does in answers. An answer carries
 * base64 in JSON; a file travels as it is.
 */
final class Backlog {

    /** Files of one request, which are in memory together. */
    private static final int AT_ONCE = 2;
    /** What is less than this at a command's end is as quickly asked for. */
    private static final long WORTH_IT = 256 << 10;

    private final Execution execution;
    private final Courier courier;

    Backlog(Execution execution, Courier courier) {
        this.execution = execution;
        this.courier = courier;
    }

    /**
     * What to download next of a stream, if that is worth it.
     *
     * @param size of the stream, as far as it is known
     * @param next first byte wanted
     * @param ended whether that is all of it
     */
    Optional<Part> part(ExecReply reply, boolean stdout, long size, long next, boolean ended) {
        return reply.spool().flatMap(spool -> {
            long first = next / spool.segment();
            long whole = size / spool.segment();
            boolean rest = ended && size - next >= WORTH_IT;
            long end = Math.min(first + AT_ONCE, whole + (rest && size % spool.segment() > 0 ? 1 : 0));
            return first < end && (rest || first < whole)
                    ? Optional.of(new Part(spool, stdout, size, next, first, end))
                    : Optional.empty();
        });
    }

    /** The parts of the stream, in their order. */
    Mono<List<Chunk>> fetch(Part part) {
        List<String> paths = new ArrayList<>();
        for (long number = part.first(); number < part.end(); number++) {
            paths.add(part.spool().path(part.stdout(), number));
        }
        // A service that the command left behind may go on printing into its last file.
        return courier.fetch(paths, part.spool().segment()).map(files -> chunks(part, files));
    }

    private List<Chunk> chunks(Part part, List<byte[]> files) {
        List<Chunk> chunks = new ArrayList<>();
        long segment = part.spool().segment();
        for (int i = 0; i < files.size(); i++) {
            long begins = (part.first() + i) * segment;
            long end = Math.min(begins + segment, part.size());
            if (files.get(i).length < end - begins) {
                throw new TransientException(
                        ErrorCode.PLATFORM_ERROR,
                        "a file of output has " + files.get(i).length + " bytes, " + (end - begins)
                                + " were expected; was it changed by a command?",
                        execution.vitals().context(),
                        null);
            }
            long from = Math.max(begins, part.next());
            byte[] bytes = from == begins && files.get(i).length == end - begins
                    ? files.get(i)
                    : Arrays.copyOfRange(files.get(i), (int) (from - begins), (int) (end - begins));
            chunks.add(new Chunk(part.size(), from, bytes));
        }
        return chunks;
    }

    /**
     * Files to download.
     *
     * @param size of the stream
     * @param next first byte wanted
     * @param first number of the first file
     * @param end number after the last
     */
    record Part(Spool spool, boolean stdout, long size, long next, long first, long end) {}
}
