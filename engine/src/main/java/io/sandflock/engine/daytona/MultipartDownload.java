/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.ErrorCode;
import io.sandflock.LimitExceededException;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.Toolbox.Download;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Takes the body of a bulk download apart as it comes. A part counts only when the delimiter after it was seen, at the place
 * that its length names: a cut transfer must not look like a short file. Holds one file of at most the limit. One for each
 * response; not thread-safe.
 */
final class MultipartDownload {

    private static final int MAX_HEAD = 64 * 1024;
    private static final int MAX_ERROR = 64 * 1024;
    private static final Pattern BOUNDARY =
            Pattern.compile("boundary=(?:\"([^\"]{1,70})\"|([^;\\s]{1,70}))", Pattern.CASE_INSENSITIVE);

    private enum Expect {
        PREAMBLE,
        AFTER_DELIMITER,
        HEAD,
        CONTENT,
        DONE
    }

    private final Call call;
    private final List<String> outstanding;
    private final long limit;
    private final byte[] delimiter;

    private Expect expect = Expect.PREAMBLE;
    /** What came and was not understood yet. Begins with a line break that the body itself lacks, see the constructor. */
    private byte[] pending = {'\r', '\n'};

    private Part part = new Part("", "", -1, 0);
    private boolean someTooLarge;

    MultipartDownload(Call call, String contentType, List<String> paths, long limit) {
        this.call = call;
        this.outstanding = new ArrayList<>(paths);
        this.limit = limit;
        Matcher matcher = BOUNDARY.matcher(contentType);
        if (!contentType.toLowerCase(Locale.ROOT).startsWith("multipart/") || !matcher.find()) {
            throw broken("its content type is '" + Failures.excerpt(contentType) + "', multipart was expected");
        }
        String boundary = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        // The first delimiter has no line break before it; with one put there all are alike.
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The files that became complete with these bytes. */
    List<Download> feed(byte[] bytes) {
        pending = pending.length == 0 ? bytes : concat(pending, bytes);
        List<Download> complete = new ArrayList<>();
        boolean more = true;
        while (more) {
            more = switch (expect) {
                case PREAMBLE -> skipPreamble();
                case AFTER_DELIMITER -> afterDelimiter();
                case HEAD -> head();
                case CONTENT -> content(complete);
                case DONE -> drop(pending.length);
            };
        }
        return complete;
    }

    /** To be called when the body ended: errors when it was cut, or did not answer for each path. */
    List<Download> end() {
        if (expect != Expect.DONE) {
            throw broken("it was cut: the closing boundary is missing");
        }
        if (!outstanding.isEmpty()) {
            throw broken("it says nothing of " + outstanding.size() + " of the paths");
        }
        return List.of();
    }

    /** Whether what follows is of no interest because each path was answered, one of them by a refusal in mid-file. */
    boolean isAnswered() {
        return someTooLarge && outstanding.isEmpty();
    }

    private boolean skipPreamble() {
        int at = indexOf(pending, delimiter);
        if (at < 0) {
            int keep = Math.min(pending.length, delimiter.length - 1);
            drop(pending.length - keep);
            return false;
        }
        drop(at + delimiter.length);
        expect = Expect.AFTER_DELIMITER;
        return true;
    }

    private boolean afterDelimiter() {
        if (pending.length < 2) {
            return false;
        }
        if (pending[0] == '-' && pending[1] == '-') {
            expect = Expect.DONE;
        } else if (pending[0] == '\r' && pending[1] == '\n') {
            expect = Expect.HEAD;
        } else {
            throw broken("a boundary is followed by neither a line break nor its end");
        }
        drop(2);
        return true;
    }

    private boolean head() {
        int end = indexOf(pending, new byte[] {'\r', '\n', '\r', '\n'});
        if (end < 0) {
            if (pending.length > MAX_HEAD) {
                throw broken("a part's header is larger than " + MAX_HEAD + " bytes");
            }
            return false;
        }
        String head = new String(pending, 0, end, StandardCharsets.UTF_8);
        drop(end + 4);
        part = Part.of(head, limit);
        expect = Expect.CONTENT;
        return true;
    }

    private boolean content(List<Download> complete) {
        if (part.length >= 0 && part.taken < part.length) {
            int now = (int) Math.min(pending.length, part.length - part.taken);
            part.take(pending, now);
            drop(now);
            refuseEarly(complete);
            return now > 0;
        }
        int at = indexOf(pending, delimiter);
        if (at < 0) {
            int ready = Math.max(0, pending.length - delimiter.length + 1);
            if (part.length >= 0 && ready > 0) {
                throw broken("a file is longer than its announced length of " + part.length + " bytes");
            }
            part.take(pending, ready);
            drop(ready);
            refuseEarly(complete);
            return false;
        }
        if (part.length >= 0 && at > 0) {
            throw broken("a file is longer than its announced length of " + part.length + " bytes");
        }
        part.take(pending, at);
        drop(at + delimiter.length);
        if (!part.refused) {
            complete.add(completed());
        }
        expect = Expect.AFTER_DELIMITER;
        return true;
    }

    /** A file that is too large is refused as soon as that is known: with its length, or when the limit is passed. */
    private void refuseEarly(List<Download> complete) {
        if (!part.refused && !part.isError() && Math.max(part.length, part.taken) > limit) {
            part.refused = true;
            someTooLarge = true;
            String path = claim(part.path);
            LimitExceededException error =
                    new LimitExceededException(path, limit, part.length, Failures.context(call, 200, null));
            complete.add(new Download(path, Mono.error(error)));
        }
    }

    private Download completed() {
        String path = claim(part.path);
        byte[] bytes = part.bytes.toByteArray();
        if (part.isError()) {
            return new Download(path, Mono.error(FileErrors.ofPart(call, bytes, path)));
        }
        return part.taken > limit
                ? new Download(
                        path,
                        Mono.error(
                                new LimitExceededException(path, limit, part.taken, Failures.context(call, 200, null))))
                : new Download(path, Mono.just(bytes));
    }

    /** The path as the caller gave it. A daemon that rewrites paths still answers in their order. */
    private String claim(String named) {
        if (outstanding.isEmpty()) {
            throw broken("it has more parts than there were paths");
        }
        int index = outstanding.indexOf(named);
        return outstanding.remove(Math.max(0, index));
    }

    private boolean drop(int count) {
        pending = count == 0 ? pending : Arrays.copyOfRange(pending, count, pending.length);
        return false;
    }

    private TransientException broken(String why) {
        return new TransientException(
                ErrorCode.PLATFORM_ERROR,
                "the download could not be read: " + why,
                Failures.context(call, 200, null),
                null);
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        outer:
        for (int i = 0; i <= bytes.length - wanted.length; i++) {
            for (int j = 0; j < wanted.length; j++) {
                if (bytes[i + j] != wanted[j]) {
                    continue outer;
                }
            }
            return i;
        }
        return -1;
    }

    /** One part while it comes. */
    private static final class Part {
        private static final long BELIEVED = 2 << 20;
        private static final Pattern NAME = Pattern.compile("[;\\s]name=\"([^\"]*)\"");
        private static final Pattern FILENAME = Pattern.compile("[;\\s]filename=\"((?:[^\"\\\\]|\\\\.)*)\"");
        private static final Pattern EXTENDED =
                Pattern.compile("filename\\*=utf-8''([^;\\s]+)", Pattern.CASE_INSENSITIVE);
        private static final Pattern LENGTH =
                Pattern.compile("^content-length:\\s*(\\d{1,18})\\s*$", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

        private final String name;
        private final String path;
        private final long length;
        private final long keep;
        private final ByteArrayOutputStream bytes;
        private long taken;
        private boolean refused;

        Part(String name, String path, long length, long limit) {
            this.name = name;
            this.path = path;
            this.length = length;
            this.keep = isError() ? MAX_ERROR : limit;
            // What is announced need not come: only so much is believed.
            this.bytes = new ByteArrayOutputStream((int) Math.min(Math.max(32, Math.min(length, keep)), BELIEVED));
        }

        static Part of(String head, long limit) {
            String extended = first(EXTENDED, head);
            String plain = first(FILENAME, head);
            String length = first(LENGTH, head.replace("\r", ""));
            String path = extended != null ? decoded(extended) : plain == null ? "" : plain.replaceAll("\\\\(.)", "$1");
            String name = first(NAME, head);
            return new Part(name == null ? "" : name, path, length == null ? -1 : Long.parseLong(length), limit);
        }

        boolean isError() {
            return name.equals("error");
        }

        /** Counts all, keeps what can still be of use. */
        void take(byte[] from, int count) {
            taken += count;
            if (!refused && bytes.size() + (long) count <= keep && length <= keep) {
                bytes.write(from, 0, count);
            }
        }

        private static String decoded(String text) {
            try {
                return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                // Not percent-encoded after all.
                return text;
            }
        }

        private static @Nullable String first(Pattern pattern, String text) {
            Matcher matcher = pattern.matcher(text);
            return matcher.find() ? matcher.group(1) : null;
        }
    }
}
