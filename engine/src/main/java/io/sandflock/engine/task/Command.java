/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Sample;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is run: words, or a line for {@code sh -c}. */
public sealed interface Command {

    /** The argument vector for a sample. */
    List<String> argv(Sample sample);

    /** The templates in it. */
    Stream<Template> templates();

    /** An argument vector; each word may hold templates. */
    record Argv(List<Template> words) implements Command {
        /** Refuses no words. */
        public Argv {
            words = List.copyOf(words);
            if (words.isEmpty()) {
                throw new IllegalArgumentException("a command needs at least one word");
            }
        }

        @Override
        public List<String> argv(Sample sample) {
            return words.stream().map(word -> word.render(sample)).toList();
        }

        @Override
        public Stream<Template> templates() {
            return words.stream();
        }

        /** The number of words only. */
        @Override
        public String toString() {
            return "Argv[" + words.size() + " words]";
        }
    }

    /** A line for {@code sh -c}. It has no templates: a sample's data must never become shell text. */
    record Shell(String line) implements Command {
        @Override
        public List<String> argv(Sample sample) {
            return List.of("sh", "-c", line);
        }

        @Override
        public Stream<Template> templates() {
            return Stream.empty();
        }

        /** Nothing of the line. */
        @Override
        public String toString() {
            return "Shell[" + line.length() + " characters]";
        }
    }

    /** Why the words cannot be passed to a program for this sample, if they cannot. */
    default Optional<String> problem(Sample sample) {
        for (Template template : templates().toList()) {
            Optional<String> unknown = template.problem(sample);
            if (unknown.isPresent()) {
                return unknown;
            }
        }
        return argv(sample).stream()
                .flatMap(word -> Arguments.problem(word).stream())
                .findFirst();
    }
}
