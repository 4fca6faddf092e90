/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.FileException;
import io.sandflock.engine.local.files.Processes;
import io.sandflock.engine.local.files.Processes.Finished;
import io.sandflock.engine.local.files.ShellWords;
import io.sandflock.engine.local.http.ByteLimit;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code /files/find}, {@code /files/search} and {@code /files/replace}. */
final class TextRoutes {

    private static final long MAX_ANSWER = 32L << 20;
    private static final long MAX_BODY = 8L << 20;
    private static final int MAX_FILES = 10_000;

    private static final String PROLOGUE = """
            LC_ALL=C; export LC_ALL
            p=$(printf '%b.' "$1"); p=${p%.}; w=$(printf '%b.' "$2"); w=${w%.}
            case $p in -*) p=./$p;; esac
            [ -e "$p" ] || exit 1
            """;

    /** For each file with matches and without a NUL, which would make it binary: {@code name NUL lines NUL}. */
    private static final String FIND = PROLOGUE + """
            find "$p" -type f -exec sh -c '
              w=$1; shift
              for f do
                grep -q -F -e "$w" "$f" 2>/dev/null || continue
                [ "$(tr -dc "\\000" <"$f" | head -c 1 | wc -c)" -eq 0 ] || continue
                printf "%s\\000" "$f"; grep -n -F -e "$w" "$f" 2>/dev/null | tr -d "\\000"; printf "\\000"
              done' sh "$w" {} + 2>/dev/null
            exit 0
            """;

    private static final String SEARCH = PROLOGUE + """
            find "$p" -name "$w" -exec sh -c 'for f do printf "%s\\000" "$f"; done' sh {} + 2>/dev/null
            exit 0
            """;

    private TextRoutes() {}

    static Mono<Void> find(Call call) {
        String pattern = call.target().required("pattern");
        return run(call, FIND, pattern)
                .map(finished -> matches(FileRoutes.text(finished.stdout()), pattern))
                .flatMap(matches -> call.json(200, matches));
    }

    static Mono<Void> search(Call call) {
        return run(call, SEARCH, call.target().required("pattern"))
                .map(finished -> names(FileRoutes.text(finished.stdout())))
                .flatMap(names -> call.json(200, names));
    }

    private static Mono<Finished> run(Call call, String program, String pattern) {
        List<String> arguments = List.of(ShellWords.text(FileRoutes.path(call)), ShellWords.text(pattern));
        return Processes.run(call.machine(), program, arguments, MAX_ANSWER).map(TextRoutes::checked);
    }

    private static Finished checked(Finished finished) {
        if (finished.exitCode() != 0) {
            throw HttpError.badRequest("path does not exist or cannot be read");
        }
        return finished;
    }

    private static ArrayNode matches(String text, String pattern) {
        ArrayNode matches = Json.object().putArray("matches");
        String[] fields = text.split("\0", -1);
        for (int i = 0; i + 1 < fields.length; i += 2) {
            for (String line : fields[i + 1].split("\n")) {
                int colon = line.indexOf(':');
                // What has no line number is a remark of grep's.
                if (colon > 0 && line.substring(0, colon).matches("\\d{1,9}") && line.contains(pattern)) {
                    matches.addObject()
                            .put("file", fields[i])
                            .put("line", Integer.parseInt(line.substring(0, colon)))
                            .put("content", line.substring(colon + 1));
                }
            }
        }
        return matches;
    }

    private static ObjectNode names(String text) {
        ObjectNode body = Json.object();
        ArrayNode files = body.putArray("files");
        for (String name : text.split("\0")) {
            if (!name.isEmpty()) {
                files.add(name);
            }
        }
        return body;
    }

    static Mono<Void> replace(Call call) {
        return call.body(MAX_BODY)
                .flatMapMany(body -> Flux.fromIterable(Fields.list(body, "files", MAX_FILES))
                        .concatMap(file -> replace(call, file, body), 1))
                .collect(() -> Json.object().putArray("results"), ArrayNode::add)
                .flatMap(results -> call.json(200, results));
    }

    private static Mono<ObjectNode> replace(Call call, String file, ObjectNode body) {
        String pattern = Fields.required(body, "pattern");
        String replacement = Fields.text(body, "newValue").orElse("");
        return ByteLimit.collect(FileRoutes.files(call).read(file), MAX_ANSWER, TextRoutes::tooLarge)
                .map(bytes -> replaced(bytes, pattern, replacement))
                .flatMap(bytes -> FileRoutes.files(call).write(file, Flux.just(ByteBuffer.wrap(bytes))))
                .map(written -> Json.object().put("file", file).put("success", true))
                .onErrorResume(FileException.class, e -> Mono.just(failed(file, e)));
    }

    /** In ISO 8859-1, which has a character for every byte, so that what is not UTF-8 comes out as it went in. */
    private static byte[] replaced(byte[] bytes, String pattern, String replacement) {
        return new String(bytes, StandardCharsets.ISO_8859_1)
                .replace(latin(pattern), latin(replacement))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static HttpError tooLarge(long limit) {
        return HttpError.badRequest("a file to replace in is larger than " + limit + " bytes");
    }

    private static ObjectNode failed(String file, FileException e) {
        return Json.object()
                .put("file", file)
                .put("success", false)
                .put("error", "open " + file + ": " + e.errno().text().toLowerCase(Locale.ROOT));
    }
}
