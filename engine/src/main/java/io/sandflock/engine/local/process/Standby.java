/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A shell that is ready to become one command in a machine: what takes time and is the same for all commands is done. It knows
 * nothing of a command yet, and ends when its standard input does, so also with this JVM however that ends. Made by {@link
 * HostProcesses#standBy}.
 *
 * <p>What it is told are words, and it never reads them as a program: when it stands outside of the machine, a first line about the way into
 * it; the number of variables, and of each the number of its lines, and these; and words, likewise. It becomes its own arguments with the
 * words after them.
 */
public final class Standby {

    /**
     * The part of a program that is told variables and words, the latter after the arguments that there are: with one call for each byte, as
     * all shells read a pipe. What it is told it never evaluates.
     */
    public static final String LISTEN = """
            sf_hear() {
              IFS= read -r sf_lines && IFS= read -r sf_word || exit 125
              while [ "$sf_lines" -gt 1 ]; do
                IFS= read -r sf_line || exit 125
                sf_word=$sf_word'
            '$sf_line
                sf_lines=$((sf_lines - 1))
              done
            }
            IFS= read -r sf_words || exit 125
            while [ "$sf_words" -gt 0 ]; do
              sf_hear
              export "$sf_word"
              sf_words=$((sf_words - 1))
            done
            IFS= read -r sf_words || exit 125
            while [ "$sf_words" -gt 0 ]; do
              sf_hear
              set -- "$@" "$sf_word"
              sf_words=$((sf_words - 1))
            done
            """;

    // A shell reads a pipe byte by byte: more would take longer than a new process.
    private static final int MOST_BYTES = 4096;

    private static final int END_SECONDS = 30;

    private final Process process;
    private final Terms terms;

    Standby(Process process, Terms terms) {
        this.process = process;
        this.terms = terms;
    }

    Process process() {
        return process;
    }

    /**
     * What is known of the commands that a shell can start.
     *
     * @param env their variables, but for those told
     * @param told names of variables that differ from command to command
     * @param within whether the shell is in the machine already, where others see it as long as it is not used
     */
    public record Terms(Map<String, String> env, Set<String> told, boolean within) {

        /** Copies. */
        public Terms {
            env = Map.copyOf(env);
            told = Set.copyOf(told);
        }

        Set<String> names() {
            Set<String> names = new HashSet<>(env.keySet());
            names.addAll(told);
            return names;
        }

        /** Never the variables' values. */
        @Override
        public String toString() {
            return "Terms[" + names() + ", " + within + "]";
        }
    }

    /** Whether it is in the machine already, and has to be gone before a command is started without it. */
    public boolean isWithin() {
        return terms.within();
    }

    /**
     * Whether a command can be started by it: one with the variables that the shell has or is told, with few words of plain text, since shells
     * differ in what they make of other bytes.
     */
    public boolean fits(Launch launch) {
        return !launch.mergeStderr()
                && launch.env().keySet().equals(terms.names())
                && launch.env().entrySet().containsAll(terms.env().entrySet())
                && told(launch).allMatch(Standby::isPlain)
                && told(launch).mapToInt(String::length).sum() <= MOST_BYTES;
    }

    private Stream<String> told(Launch launch) {
        return Stream.concat(variables(launch).stream(), LaunchScript.words(launch).stream());
    }

    private List<String> variables(Launch launch) {
        return terms.told().stream()
                .map(name -> name + "=" + launch.env().get(name))
                .toList();
    }

    private static boolean isPlain(String word) {
        return word.chars().allMatch(c -> c == '\n' || c == '\t' || (c >= ' ' && c <= '~'));
    }

    /** Says what to start; the line that {@link LaunchScript} waits for is not among it. */
    void tell(String machine, Launch launch) throws IOException {
        StringBuilder text = new StringBuilder(terms.within() ? "" : machine + "\n");
        add(text, variables(launch));
        add(text, LaunchScript.words(launch));
        OutputStream stdin = process.getOutputStream();
        stdin.write(text.toString().getBytes(StandardCharsets.US_ASCII));
        stdin.flush();
    }

    private static void add(StringBuilder text, List<String> words) {
        text.append(words.size()).append('\n');
        for (String word : words) {
            text.append(word.chars().filter(c -> c == '\n').count() + 1).append('\n');
            text.append(word).append('\n');
        }
    }

    /** Ends it, without a wait. */
    public void end() {
        process.destroyForcibly();
    }

    /** Ends it as it ends by itself, which also whoever led it into the machine waits for; blocks until then. */
    public void leave() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It is gone already.
        }
        awaitEnd();
        end();
    }

    /** Blocks until it is gone, after {@link #end()}: in the middle of joining a cgroup it takes its time. */
    public void awaitEnd() {
        try {
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
