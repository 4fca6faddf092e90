/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.document;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads JSON, token by token, with lines. */
public final class JsonReader {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Bounds.DEPTH)
                    .maxStringLength(Bounds.TEXT)
                    .maxNumberLength(400)
                    .maxNameLength(1000)
                    .build())
            // A token that is none may be a prompt.
            .errorReportConfiguration(
                    ErrorReportConfiguration.builder().maxErrorTokenLength(30).build())
            .build();

    // Jackson's own positions, which count from the start of a line of JSONL, and names of its settings.
    private static final Pattern NOISE = Pattern.compile(" \\([^()]*\\[Source[^\\]]*\\]\\)|, from `[^`]*`");

    private final JsonParser parser;
    private final Bounds bounds;
    private final int firstLine;

    private JsonReader(JsonParser parser, Bounds bounds, int firstLine) {
        this.parser = parser;
        this.bounds = bounds;
        this.firstLine = firstLine;
    }

    /** One value that is all of the text. */
    public static Node value(String text, String file, int line, Bounds bounds) {
        try (JsonParser parser = JSON.createParser(text)) {
            JsonReader reader = new JsonReader(parser, bounds, line);
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw Problems.at(file, line, "expected a JSON value, was nothing", null);
            }
            Node node = reader.node(first);
            if (parser.nextToken() != null) {
                throw Problems.at(
                        file, reader.line(), "something follows the JSON value; expected one for each line", null);
            }
            return node;
        } catch (IOException e) {
            throw Problems.at(file, line, reason(e), e);
        }
    }

    /** The items of an array, one at a time, until {@code more} says false. */
    public static void items(Utf8Reader source, String file, Bounds bounds, Predicate<Node> more) {
        try (JsonParser parser = JSON.createParser(source)) {
            JsonReader reader = new JsonReader(parser, bounds, 1);
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw Problems.at(file, reader.line(), "expected an array of samples, each an object", null);
            }
            for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                if (!more.test(reader.node(next))) {
                    return;
                }
            }
            if (parser.nextToken() != null) {
                throw Problems.at(file, reader.line(), "something follows the array of samples", null);
            }
        } catch (IOException e) {
            int line = e instanceof JsonProcessingException json && json.getLocation() != null
                    ? json.getLocation().getLineNr()
                    : 1;
            throw Problems.at(file, Math.max(1, line), reason(e), e);
        }
    }

    private static String reason(IOException e) {
        if (!(e instanceof JsonProcessingException json)) {
            return "cannot be read: " + e.getMessage();
        }
        if (json instanceof StreamConstraintsException
                && json.getOriginalMessage().contains("nesting depth")) {
            return "lists and mappings nest deeper than " + Bounds.DEPTH + " levels";
        }
        int column = json.getLocation() == null ? 0 : json.getLocation().getColumnNr();
        String what = json instanceof JsonParseException ? "not JSON" : "refused";
        String why = NOISE.matcher(json.getOriginalMessage()).replaceAll("").replaceAll("[\\p{Cntrl}\\s]+", " ");
        return what + (column > 0 ? " at column " + column : "") + ": " + why;
    }

    private int line() {
        return firstLine - 1 + parser.currentTokenLocation().getLineNr();
    }

    // Nesting is bounded by the parser.
    private Node node(@Nullable JsonToken token) throws IOException {
        int line = line();
        bounds.take(1, line);
        if (token == JsonToken.START_OBJECT) {
            return fields(line);
        }
        if (token == JsonToken.START_ARRAY) {
            return items(line);
        }
        return new Node.Scalar(line, scalar(token), parser.getText());
    }

    private @Nullable Object scalar(@Nullable JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_STRING) {
            return parser.getText();
        }
        if (token == JsonToken.VALUE_NUMBER_INT) {
            return YamlReader.integer(parser.getText());
        }
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            return YamlReader.decimal(parser.getText());
        }
        return token == JsonToken.VALUE_NULL ? null : token == JsonToken.VALUE_TRUE;
    }

    private Node fields(int line) throws IOException {
        Map<String, Node.Field> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            int keyLine = line();
            fields.put(key, new Node.Field(keyLine, node(parser.nextToken())));
        }
        return new Node.Fields(line, fields);
    }

    private Node items(int line) throws IOException {
        List<Node> items = new ArrayList<>();
        for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
            items.add(node(next));
        }
        return new Node.Items(line, items);
    }
}
