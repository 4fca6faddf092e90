/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sandflock.InvalidInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** A folder with an eval in it. */
final class EvalFixture {

    final Path folder;

    EvalFixture(Path folder) {
        this.folder = folder;
    }

    EvalFixture eval(String yaml) {
        return file("eval.yaml", yaml);
    }

    EvalFixture file(String name, String text) {
        return file(name, text.getBytes(StandardCharsets.UTF_8));
    }

    EvalFixture file(String name, byte[] content) {
        try {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.write(folder.resolve(name), content);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    EvalDefinition load() {
        return load(EvalOverrides.NONE);
    }

    EvalDefinition load(EvalOverrides overrides) {
        return EvalFile.load(folder, overrides);
    }

    /** The error's message, the folder's path taken out of it. */
    String refusal() {
        return refusal(EvalOverrides.NONE);
    }

    String refusal(EvalOverrides overrides) {
        Throwable error = catchThrowable(() -> load(overrides));
        assertThat(error).isInstanceOf(InvalidInputException.class);
        return error.getMessage().replace(folder + "/", "").replace(folder.toString(), "FOLDER");
    }
}
