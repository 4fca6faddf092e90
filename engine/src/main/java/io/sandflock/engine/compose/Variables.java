/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sandflock.Sample;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ${NAME}} means: the sample's metadata, else the environment, else the {@code .env} of the file's folder. Remembers what was
 * asked for. Used by one thread.
 */
final class Variables {

    private static final String PREFIX = "SAMPLE_METADATA_";
    /** As Inspect AI has it: the sample's id among its metadata. */
    private static final String ID = PREFIX + "__SAMPLE_ID__";

    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, String> environment;
    /** Files that win over this one. */
    private final @Nullable Variables nearer;

    private final Map<String, @Nullable Value> file;
    private final Asked asked;

    private Variables(
            Map<String, String> environment,
            @Nullable Variables nearer,
            Map<String, @Nullable Value> file,
            Asked asked) {
        this.environment = environment;
        this.nearer = nearer;
        this.file = file;
        this.asked = asked;
    }

    static Variables of(Map<String, String> environment, Optional<Sample> sample) {
        return new Variables(environment, null, Map.of(), new Asked(sample));
    }

    /**
     * A variable's value.
     *
     * @param fromSample whether any of it is a sample's data, which must not name files outside of the compose folder
     */
    record Value(String text, boolean fromSample) {
        /** Never the value. */
        @Override
        public String toString() {
            return "***";
        }
    }

    /** These, and those of a file where these say nothing. The map is not copied: what is added to it is seen. */
    Variables over(Map<String, @Nullable Value> values) {
        return new Variables(environment, this, values, asked);
    }

    @Nullable
    Value get(String name) {
        if (isMetadata(name)) {
            Value value = asked.metadata(name);
            if (value != null) {
                return value;
            }
        }
        String value = environment.get(name);
        return value == null ? fromFiles(name) : new Value(value, false);
    }

    private @Nullable Value fromFiles(String name) {
        Value value = nearer == null ? null : nearer.fromFiles(name);
        return value == null ? file.get(name) : value;
    }

    /** Notes a text that another sample might have had otherwise. */
    void ofSample(String text) {
        asked.ofSample.add(text);
    }

    /** Whether a text is one, as far as texts can be told apart by what is in them: never falsely no. */
    boolean isOfSample(String text) {
        return asked.ofSample.contains(text);
    }

    /** Whether a name is that of a sample's metadata. */
    static boolean isMetadata(String name) {
        return name.startsWith(PREFIX);
    }

    /** Notes that a variable without a value became nothing. */
    void unset(String name) {
        asked.unset.add(name);
    }

    /** Names that became nothing, in the order in which they were asked for. */
    Set<String> unset() {
        return asked.unset;
    }

    /** Whether another sample might have got something else. */
    boolean dependOnSample() {
        return asked.sampleAsked;
    }

    /** What one reading asked for, whatever files it went through. */
    private static final class Asked {

        private final Optional<Sample> sample;
        private final Set<String> unset = new LinkedHashSet<>();
        private final Set<String> ofSample = new HashSet<>();
        private @Nullable Map<String, Value> metadata = null;
        private boolean sampleAsked;

        Asked(Optional<Sample> sample) {
            this.sample = sample;
        }

        @Nullable
        Value metadata(String name) {
            sampleAsked = true;
            Map<String, Value> known = metadata;
            if (known == null) {
                known = read();
                metadata = known;
            }
            return known.get(name);
        }

        private Map<String, Value> read() {
            Map<String, Value> values = new HashMap<>();
            sample.ifPresent(from -> {
                values.put(ID, new Value(from.id(), true));
                from.metadata().forEach((key, value) -> {
                    if (value != null) {
                        String name = PREFIX + key.toUpperCase(Locale.ROOT).replace(' ', '_');
                        values.putIfAbsent(name, new Value(text(value), true));
                    }
                });
            });
            return values;
        }

        private static String text(Object value) {
            if (value instanceof CharSequence text) {
                return text.toString();
            }
            try {
                return JSON.writeValueAsString(value);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("metadata is plain data, was " + value.getClass(), e);
            }
        }
    }
}
