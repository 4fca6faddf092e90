/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.document.Bounds;
import io.sandflock.engine.document.CsvReader;
import io.sandflock.engine.document.JsonReader;
import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import io.sandflock.engine.document.Utf8Reader;
import io.sandflock.engine.document.YamlReader;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/**
 * A file of samples: JSONL, JSON, CSV or YAML, compressed with gzip or not. It is streamed; {@link Bounds} says how much of it is
 * read at most. Blocks its caller's thread.
 */
final class Dataset {

    private final Path path;
    private final String file;
    private final Format format;

    private enum Format {
        JSONL,
        JSON,
        CSV,
        YAML,
        /** A name that says nothing: JSON and JSONL are told apart by their first character. */
        UNKNOWN
    }

    private Dataset(Path path) {
        this.path = path;
        this.file = path.toString();
        this.format = format(path);
    }

    /**
     * A dataset that is there.
     *
     * @param source where the path was written, for the error
     */
    static Dataset at(Path path, String source) {
        if (!Files.exists(path)) {
            throw new InvalidInputException(
                    source, "no such dataset: " + path + "; put it there or name another one with --dataset");
        }
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw new InvalidInputException(source, "the dataset " + path + " is not a readable file");
        }
        return new Dataset(path);
    }

    boolean csv() {
        return format == Format.CSV;
    }

    String file() {
        return file;
    }

    private static Format format(Path path) {
        String name =
                String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).replaceFirst("\\.gz(ip)?$", "");
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "jsonl", "ndjson" -> Format.JSONL;
            case "json" -> Format.JSON;
            case "csv" -> Format.CSV;
            case "yaml", "yml" -> Format.YAML;
            default -> Format.UNKNOWN;
        };
    }

    /** The rows, one at a time, until {@code more} says false. */
    void rows(Predicate<Node> more) {
        Bounds bounds = new Bounds(file, Bounds.DATASET_VALUES);
        try (InputStream in = open();
                Utf8Reader text = new Utf8Reader(file, in, format == Format.YAML)) {
            switch (format) {
                case CSV -> CsvReader.records(text, file, bounds, more);
                case YAML -> YamlReader.items(text, file, bounds, more);
                case JSONL -> lines(text, bounds, more);
                default -> json(text, bounds, more);
            }
        } catch (IOException e) {
            throw Problems.at(file, 1, "cannot be read: " + e.getMessage(), e);
        }
    }

    private void json(Utf8Reader text, Bounds bounds, Predicate<Node> more) {
        int first = text.peek();
        if (first == '[') {
            JsonReader.items(text, file, bounds, more);
        } else if (first == '{' || first < 0) {
            lines(text, bounds, more);
        } else {
            throw Problems.at(
                    file, 1, "not a dataset; accepted: .jsonl, .json, .csv, .yaml, each with .gz or not", null);
        }
    }

    private void lines(Utf8Reader text, Bounds bounds, Predicate<Node> more) {
        int number = 0;
        for (String line = text.readLine(++number); line != null; line = text.readLine(++number)) {
            if (!line.isBlank() && !more.test(JsonReader.value(line, file, number, bounds))) {
                return;
            }
        }
    }

    private InputStream open() throws IOException {
        BufferedInputStream raw = new BufferedInputStream(Files.newInputStream(path), 64 << 10);
        try {
            raw.mark(2);
            boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
            raw.reset();
            if (!gzip && file.toLowerCase(Locale.ROOT).endsWith(".gz")) {
                throw Problems.at(
                        file, 1, "not gzip, although its name says so; compress it, or take .gz from its name", null);
            }
            return new Limited(gzip ? new GZIPInputStream(raw, 64 << 10) : raw);
        } catch (InvalidInputException e) {
            raw.close();
            throw e;
        } catch (IOException e) {
            raw.close();
            throw Problems.at(file, 1, "the gzip data is damaged or incomplete (" + e.getMessage() + ")", e);
        }
    }

    /** Ends a stream that is larger than a dataset may be: a small gzip file can hold a terabyte. */
    private static final class Limited extends FilterInputStream {

        private long left = Bounds.DATASET_BYTES;

        Limited(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = super.read(target, offset, length);
            left -= Math.max(count, 0);
            if (left < 0) {
                throw new IOException("more than " + (Bounds.DATASET_BYTES >> 20) + " MiB, uncompressed");
            }
            return count;
        }
    }
}
