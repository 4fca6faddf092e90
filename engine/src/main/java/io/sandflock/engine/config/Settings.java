/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One mapping of an eval file: typed values, and problems that name the key. */
final class Settings {

    private final Node.Fields node;
    private final String prefix;
    private final List<String> accepted;
    private final Problems problems;

    Settings(Node.Fields node, String prefix, List<String> accepted, Problems problems) {
        this.node = node;
        this.prefix = prefix;
        this.accepted = accepted;
        this.problems = problems;
    }

    /** Notes every key that is not accepted. */
    void refuseOthers() {
        node.fields().forEach((key, field) -> {
            if (!accepted.contains(key)) {
                String where = prefix.isEmpty() ? "" : " in " + prefix.substring(0, prefix.length() - 1);
                problems.add(
                        field.line(), "unknown key " + Problems.shown(key) + where + Problems.accepted(key, accepted));
            }
        });
    }

    @Nullable
    Node get(String key) {
        return node.get(key);
    }

    Optional<String> text(String key) {
        Node value = get(key);
        if (value instanceof Node.Scalar scalar) {
            return Optional.of(scalar.text());
        }
        if (value != null) {
            problems.add(value, prefix + key + ": expected text, was " + value.kind());
        }
        return Optional.empty();
    }

    int whole(String key, int least, int otherwise) {
        Node value = get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Node.Scalar scalar
                && scalar.value() instanceof Long number
                && number >= least
                && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        String was = value instanceof Node.Scalar scalar ? Problems.shown(scalar.text()) : value.kind();
        problems.add(value, prefix + key + ": expected a whole number of at least " + least + ", was " + was);
        return otherwise;
    }

    Optional<Duration> duration(String key) {
        return amount(key, Amounts::duration);
    }

    Optional<Long> bytes(String key, long most) {
        return amount(key, text -> {
            long bytes = Amounts.bytes(text);
            if (bytes > most) {
                throw new IllegalArgumentException(
                        "must be at most " + (most >> 20) + " MiB, was " + Problems.shown(text));
            }
            return bytes;
        });
    }

    private <T> Optional<T> amount(String key, Function<String, T> parser) {
        Node value = get(key);
        Optional<String> text = text(key);
        if (value == null || text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(text.get()));
        } catch (IllegalArgumentException e) {
            problems.add(value, prefix + key + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    /** A mapping in this one, its other keys refused; an empty one when it is missing or no mapping. */
    Settings inner(String key, List<String> keys) {
        Node value = get(key);
        Node.Fields map = new Node.Fields(node.line(), Map.of());
        if (value instanceof Node.Fields found) {
            map = found;
        } else if (value != null) {
            problems.add(
                    value,
                    prefix + key + ": expected a mapping with " + String.join(", ", keys) + "; was " + value.kind());
        }
        Settings inner = new Settings(map, prefix + key + ".", keys, problems);
        inner.refuseOthers();
        return inner;
    }
}
