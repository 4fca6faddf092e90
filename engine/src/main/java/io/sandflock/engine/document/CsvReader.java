/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.document;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV as RFC 4180 has it, with a header: quotes are doubled in quotes, records end with CRLF, LF or CR, and every record has
 * as many values as the header. Empty lines are skipped. All values are text.
 */
public final class CsvReader {

    private static final int COLUMNS = 1000;
    private static final int END = -1;

    private final Utf8Reader source;
    private final String file;
    private final Bounds bounds;
    private final char[] buffer = new char[8 << 10];
    private int position;
    private int limit;
    private int line = 1;

    private CsvReader(Utf8Reader source, String file, Bounds bounds) {
        this.source = source;
        this.file = file;
        this.bounds = bounds;
    }

    /** The records after the header, one at a time, until {@code more} says false. */
    public static void records(Utf8Reader source, String file, Bounds bounds, Predicate<Node> more) {
        new CsvReader(source, file, bounds).records(more);
    }

    private void records(Predicate<Node> more) {
        Row header = row();
        if (header == null) {
            throw Problems.at(file, 1, "expected a header with the columns' names, was nothing", null);
        }
        check(header);
        for (Row row = row(); row != null; row = row()) {
            if (!more.test(fields(header, row))) {
                return;
            }
        }
    }

    private void check(Row header) {
        Set<String> names = new LinkedHashSet<>();
        for (String name : header.values) {
            if (name.isBlank()) {
                throw Problems.at(
                        file, header.line, "column " + (names.size() + 1) + " of the header has no name", null);
            }
            if (!names.add(name)) {
                throw Problems.at(file, header.line, "duplicate column " + Problems.shown(name), null);
            }
        }
    }

    private Node fields(Row header, Row row) {
        if (row.values.size() != header.values.size()) {
            String problem = row.values.size() + " values for the " + header.values.size() + " columns of the header";
            throw Problems.at(file, row.line, problem, null);
        }
        bounds.take(row.values.size() + 1, row.line);
        Map<String, Node.Field> fields = new LinkedHashMap<>();
        for (int i = 0; i < row.values.size(); i++) {
            String text = row.values.get(i);
            Node.Scalar value = new Node.Scalar(row.line, text, text);
            fields.put(header.values.get(i), new Node.Field(row.line, value));
        }
        return new Node.Fields(row.line, fields);
    }

    private @Nullable Row row() {
        int c = next();
        while (c == '\n' || c == '\r') {
            c = next();
        }
        if (c == END) {
            return null;
        }
        int first = line;
        List<String> values = new ArrayList<>();
        StringBuilder value = new StringBuilder();
        while (true) {
            c = c == '"' ? quoted(value) : bare(value, c);
            values.add(value.toString());
            value.setLength(0);
            if (values.size() > COLUMNS) {
                throw Problems.at(file, first, "more than " + COLUMNS + " columns", null);
            }
            if (c != ',') {
                return new Row(first, values);
            }
            c = next();
        }
    }

    /** Returns what ended the value: a comma, a line's end, or the file's. */
    private int bare(StringBuilder value, int first) {
        int c = first;
        while (c != ',' && c != '\n' && c != '\r' && c != END) {
            if (c == '"') {
                throw Problems.at(file, line, "a quote inside a value that does not begin with one", null);
            }
            append(value, c);
            c = next();
        }
        return c;
    }

    private int quoted(StringBuilder value) {
        int opened = line;
        while (true) {
            int c = next();
            if (c == END) {
                throw Problems.at(file, opened, "a quote that is never closed", null);
            }
            if (c != '"') {
                append(value, c);
                continue;
            }
            int after = next();
            if (after == ',' || after == '\n' || after == '\r' || after == END) {
                return after;
            }
            if (after != '"') {
                throw Problems.at(file, line, "text after a closing quote; expected a comma or the line's end", null);
            }
            append(value, '"');
        }
    }

    private void append(StringBuilder value, int c) {
        if (value.length() == Bounds.TEXT) {
            throw Problems.at(file, line, "a value longer than " + Bounds.TEXT + " characters", null);
        }
        value.append((char) c);
    }

    private int next() {
        if (position > 0 && buffer[position - 1] == '\n') {
            line++;
        }
        if (position == limit) {
            int count = source.read(buffer, 0, buffer.length);
            position = 0;
            limit = Math.max(count, 0);
            if (count < 0) {
                return END;
            }
        }
        return buffer[position++];
    }

    private record Row(int line, List<String> values) {}
}
