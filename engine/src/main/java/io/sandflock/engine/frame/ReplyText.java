/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import io.sandflock.engine.frame.ExecReply.Chunk;
import io.sandflock.engine.frame.ExecReply.Ending;
import io.sandflock.engine.frame.ExecReply.Spool;
import io.sandflock.engine.frame.ExecReply.Status;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/**
 * An {@link ExecReply} as the shell's output carries it: printable, between a first and a last line that name the execution, with
 * the length of each part. What stands before and after is ignored: shells print warnings, and start-up files greet. What was cut,
 * or lost a byte, is no reply.
 *
 * <pre>
 * =sandflock/1 ID STATUS CLAIMED ENDING CODE MILLIS OUT-SIZE OUT-OFFSET OUT-LENGTH ERR-SIZE ERR-OFFSET ERR-LENGTH SPOOL
 * base64 of the part of stdout, in any number of lines
 * -
 * base64 of the part of stderr
 * =sandflock/1 ID end
 * </pre>
 */
public final class ReplyText {

    private static final String LEAD = "=sandflock/1 ";
    private static final String BETWEEN = "\n-\n";
    private static final int FIELDS = 12;

    private ReplyText() {}

    /** The text of a reply. */
    public static String encode(ExecReply reply) {
        Chunk out = reply.stdout();
        Chunk err = reply.stderr();
        return "\n" + LEAD + reply.id() + ' ' + word(reply.status()) + ' ' + (reply.claimed() ? 1 : 0) + ' '
                + word(reply.ending()) + ' ' + reply.exitCode() + ' ' + reply.millis() + ' ' + numbers(out) + ' '
                + numbers(err) + ' ' + spool(reply) + '\n' + base64(out) + BETWEEN + base64(err) + '\n' + LEAD
                + reply.id() + " end\n";
    }

    /** The reply for this execution in a shell's output; empty when there is none that is whole. */
    public static Optional<ExecReply> decode(String output, ExecutionId id) {
        String lead = "\n" + LEAD + id + " ";
        int end = output.lastIndexOf(lead + "end\n");
        // The newest whole reply counts. A text may begin with its first line: then there is no line feed to find.
        int begin = end < 0 ? -1 : output.lastIndexOf(lead, end - 1);
        int fields = begin + lead.length();
        if (begin < 0 && end >= 0 && output.startsWith(lead.substring(1))) {
            fields = lead.length() - 1;
        } else if (begin < 0) {
            return Optional.empty();
        }
        try {
            return body(output, fields, end, id);
        } catch (IllegalArgumentException cutOrGarbled) {
            return Optional.empty();
        }
    }

    private static Optional<ExecReply> body(String output, int fields, int end, ExecutionId id) {
        int line = output.indexOf('\n', fields);
        int between = output.indexOf(BETWEEN, line);
        if (between < 0 || between + BETWEEN.length() > end + 1) {
            return Optional.empty();
        }
        String[] words = output.substring(fields, line).split(" ", FIELDS);
        if (words.length != FIELDS) {
            return Optional.empty();
        }
        Chunk out = chunk(words, 5, output.substring(line, between));
        Chunk err = chunk(
                words, 8, output.substring(between + BETWEEN.length(), Math.max(end, between + BETWEEN.length())));
        Ending ending = Ending.valueOf(words[2].toUpperCase(Locale.ROOT));
        return Optional.of(new ExecReply(
                id,
                Status.valueOf(words[0].toUpperCase(Locale.ROOT)),
                words[1].equals("1"),
                ending,
                Integer.parseInt(words[3]),
                Long.parseLong(words[4]),
                out,
                err,
                spool(words[FIELDS - 1])));
    }

    private static Chunk chunk(String[] words, int at, String base64) {
        // The MIME decoder skips line feeds, and everything else that is no base64: the length tells whether anything
        // was lost.
        byte[] bytes = Base64.getMimeDecoder().decode(base64.getBytes(StandardCharsets.ISO_8859_1));
        if (bytes.length != Long.parseLong(words[at + 2])) {
            throw new IllegalArgumentException("a part is not as long as it says");
        }
        return new Chunk(Long.parseLong(words[at]), Long.parseLong(words[at + 1]), bytes);
    }

    private static String spool(ExecReply reply) {
        return reply.spool().map(spool -> spool.segment() + ":" + spool.base()).orElse("-");
    }

    private static Optional<Spool> spool(String word) {
        int colon = word.indexOf(':');
        return colon < 0
                ? Optional.empty()
                : Optional.of(new Spool(Long.parseLong(word.substring(0, colon)), word.substring(colon + 1)));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String numbers(Chunk chunk) {
        return chunk.size() + " " + chunk.offset() + " " + chunk.bytes().length;
    }

    private static String base64(Chunk chunk) {
        return Base64.getEncoder().encodeToString(chunk.bytes());
    }
}
