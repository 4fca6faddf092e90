/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The terminal on standard input, changed by {@code stty}. What was changed is put back whatever happens: at the end of the work, at the
 * end of the JVM, and by {@link #restoreAll()} where the JVM ends without an end. All methods block.
 */
final class Tty {

    private static final AtomicReference<Optional<Tty>> CHANGED = new AtomicReference<>(Optional.empty());

    private final String settings;

    private Tty(String settings) {
        this.settings = settings;
    }

    /** The terminal; empty when standard input is none. */
    static Optional<Tty> ofStdin() {
        return stty("-g").filter(text -> text.matches("[0-9a-zA-Z:=]+")).map(Tty::new);
    }

    /** Hands every key to whoever reads, unechoed, Ctrl-C included. */
    void raw() {
        if (CHANGED.compareAndSet(Optional.empty(), Optional.of(this))) {
            Runtime.getRuntime().addShutdownHook(new Thread(Tty::restoreAll));
        }
        if (stty("raw", "-echo").isEmpty()) {
            throw new UncheckedIOException(new IOException("the terminal refused its raw mode; is stty there?"));
        }
    }

    /** Puts back what it was. Idempotent. */
    void restore() {
        Optional<String> ignored = stty(settings);
        CHANGED.set(Optional.empty());
    }

    /** As {@link #restore}, for whichever terminal is changed. */
    static void restoreAll() {
        CHANGED.get().ifPresent(Tty::restore);
    }

    /** Its size now; 80 by 24 when it does not know. */
    Size size() {
        String[] words = stty("size").orElse("").split(" ");
        if (words.length == 2 && words[0].matches("[1-9]\\d{0,2}") && words[1].matches("[1-9]\\d{0,2}")) {
            return new Size(Integer.parseInt(words[1]), Integer.parseInt(words[0]));
        }
        return new Size(80, 24);
    }

    private static Optional<String> stty(String... arguments) {
        List<String> argv = new ArrayList<>(List.of("stty"));
        argv.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(argv)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0
                    ? Optional.of(output.strip())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Columns and lines. */
    record Size(int cols, int rows) {}
}
