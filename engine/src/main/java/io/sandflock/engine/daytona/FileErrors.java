/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.SandflockException;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * POSIX errors out of a daemon's answers. A daemon before 0.200 says nothing but the status; later ones have a code and Go's
 * text for the error.
 */
final class FileErrors {

    private static final Map<String, Errno> TEXTS = Map.ofEntries(
            Map.entry("no such file or directory", Errno.ENOENT),
            Map.entry("operation not permitted", Errno.EACCES),
            Map.entry("permission denied", Errno.EACCES),
            Map.entry("file exists", Errno.EEXIST),
            Map.entry("not a directory", Errno.ENOTDIR),
            Map.entry("is a directory", Errno.EISDIR),
            Map.entry("invalid argument", Errno.EINVAL),
            Map.entry("no space left on device", Errno.ENOSPC),
            Map.entry("disk quota exceeded", Errno.ENOSPC),
            Map.entry("read-only file system", Errno.EROFS),
            Map.entry("file name too long", Errno.ENAMETOOLONG),
            Map.entry("directory not empty", Errno.ENOTEMPTY),
            Map.entry("too many levels of symbolic links", Errno.ELOOP),
            Map.entry("input/output error", Errno.EIO));

    private FileErrors() {}

    /**
     * The error of a call that concerns one path.
     *
     * @param badRequest what a 400 without text means for this call
     */
    static SandflockException of(Call call, Answer answer, String path, Errno badRequest) {
        if (Failures.saysSandboxUnavailable(answer)) {
            return Failures.of(call, answer);
        }
        ErrorContext context = Failures.context(call, answer.status(), Failures.requestId(answer.headers()));
        Optional<Errno> said = said(Failures.message(answer));
        return switch (answer.status()) {
            case 400 -> new FileException(said.orElse(badRequest), path, context);
            case 403 -> new FileException(said.orElse(Errno.EACCES), path, context);
            case 404 -> new FileException(said.orElse(Errno.ENOENT), path, context);
            case 409 -> new FileException(said.orElse(Errno.EEXIST), path, context);
            case 507 -> new FileException(Errno.ENOSPC, path, context);
            default ->
                said.isPresent() && answer.status() == 500
                        ? new FileException(said.get(), path, context)
                        : Failures.of(call, answer);
        };
    }

    /** The error of an upload that was refused as a whole or in part. */
    static SandflockException ofUpload(Call call, Answer answer, List<Upload> uploads) {
        List<FileException> failures = new ArrayList<>();
        ErrorContext context = Failures.context(call, answer.status(), Failures.requestId(answer.headers()));
        for (JsonNode error : Json.tree(answer.body()).path("errors")) {
            String text = error.asText();
            for (String path : pathOf(text, uploads).stream().toList()) {
                failures.add(new FileException(said(text).orElse(Errno.EIO), path, context));
            }
        }
        if (failures.isEmpty()) {
            return uploads.size() == 1 && said(Failures.message(answer)).isPresent()
                    ? of(call, answer, uploads.get(0).path(), Errno.EIO)
                    : Failures.of(call, answer);
        }
        FileException first = failures.get(0);
        failures.stream().skip(1).forEach(first::addSuppressed);
        return first;
    }

    /** The longest of the paths that the text begins with, or else contains: {@code /d: create: open /d: is a directory}. */
    private static Optional<String> pathOf(String text, List<Upload> uploads) {
        Optional<String> leading = longest(uploads, path -> text.startsWith(path + ":"));
        Optional<String> found = leading.isPresent() ? leading : longest(uploads, text::contains);
        return found.isPresent() || uploads.size() != 1
                ? found
                : Optional.of(uploads.get(0).path());
    }

    private static Optional<String> longest(List<Upload> uploads, java.util.function.Predicate<String> test) {
        return uploads.stream().map(Upload::path).filter(test).max(java.util.Comparator.comparingInt(String::length));
    }

    /** The error of one path of a download. */
    static FileException ofPart(Call call, byte[] json, String path) {
        JsonNode error = Json.tree(json);
        ErrorContext context = Failures.context(call, error.path("statusCode").asInt(0), null);
        String message = error.path("message").asText("");
        Errno fallback = switch (error.path("code").asText("")) {
            case "FILE_NOT_FOUND" -> Errno.ENOENT;
            case "FILE_ACCESS_DENIED" -> Errno.EACCES;
            case "INVALID_FILE_PATH" ->
                message.toLowerCase(Locale.ROOT).contains("directory") ? Errno.EISDIR : Errno.EINVAL;
            default -> Errno.EIO;
        };
        return new FileException(said(message).orElse(fallback), path, context);
    }

    private static Optional<Errno> said(String message) {
        String text = message.toLowerCase(Locale.ROOT);
        // The error comes last in Go's messages: a path in front may hold any of the texts.
        return TEXTS.entrySet().stream()
                .filter(entry -> text.contains(entry.getKey()))
                .max(java.util.Comparator.comparingInt(entry -> text.lastIndexOf(entry.getKey())))
                .map(Map.Entry::getValue);
    }
}
