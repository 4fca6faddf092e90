/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import io.sandflock.engine.frame.ExecCall.Start;
import java.util.ArrayList;
import java.util.List;

/**
 * A command as words and variables: the words of what carries it elsewhere, {@code stage.sh} with what it needs to know, and the
 * arguments. Values of variables are never among the words, which end up as the arguments of processes.
 */
final class CommandWords {

    private static final String HERE = "";
    private static final String ELSEWHERE = "reach";
    /** {@code /bin/sh -c TEXT sandflock-ID reach cwd}. */
    private static final int STAGE_WORDS = 6;

    private CommandWords() {}

    /** The number of words of the reach, these, the stage's, the arguments. */
    static List<String> of(ExecutionId id, Start start) {
        List<String> words = new ArrayList<>();
        words.add(Integer.toString(start.reach().size()));
        words.addAll(start.reach());
        words.addAll(List.of("/bin/sh", "-c", ClaimProgram.STAGE, "sandflock-" + id));
        words.add(start.reach().isEmpty() ? HERE : ELSEWHERE);
        words.add(start.cwd().orElse(""));
        words.add(Integer.toString(start.env().size()));
        start.env().forEach(variable -> words.add(variable.substring(0, variable.indexOf('='))));
        words.addAll(start.argv());
        return words;
    }

    /** {@code SANDFLOCK_VAR_1=value} and so on. */
    static List<String> variables(Start start) {
        List<String> variables = new ArrayList<>();
        for (String variable : start.env()) {
            variables.add(Start.VARIABLE + (variables.size() + 1) + variable.substring(variable.indexOf('=')));
        }
        return variables;
    }

    /** {@code fixed} with what words and variables say. */
    static Start read(Start fixed, List<String> words, List<String> variables) {
        int stage = 1 + Integer.parseInt(words.get(0));
        int names = stage + STAGE_WORDS + 1;
        int arguments = names + Integer.parseInt(words.get(names - 1));
        return new Start(
                words.subList(arguments, words.size()),
                env(words.subList(names, arguments), variables),
                fixed.user(),
                fixed.cwd(),
                fixed.stdin(),
                fixed.timeoutMillis(),
                words.subList(1, stage),
                fixed.upload());
    }

    private static List<String> env(List<String> names, List<String> variables) {
        List<String> env = new ArrayList<>();
        for (String name : names) {
            String lead = Start.VARIABLE + (env.size() + 1) + "=";
            String variable = variables.stream()
                    .filter(candidate -> candidate.startsWith(lead))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no value for a variable"));
            env.add(name + variable.substring(lead.length() - 1));
        }
        return env;
    }
}
