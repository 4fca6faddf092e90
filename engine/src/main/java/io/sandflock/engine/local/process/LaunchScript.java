/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The shell program that a command is started by. It waits for a line on standard input, so that both pipes have their reader
 * before there can be output; changes the directory; says on the first line of standard output whether the command can be
 * started ({@code +} and the process group, or {@code -} and the reason); and becomes the command.
 *
 * <p>Data travel as arguments and variables, never in the program's text, apart from names of variables, which are checked.
 */
final class LaunchScript {

    private static final String HEAD = """
            IFS= read -r sf_go || exit 125
            if [ -n "$1" ]; then
              IFS= read -r sf_go </proc/sys/kernel/hostname
              [ "$sf_go" = "$1" ] || { echo '-no such machine'; exit 125; }
            fi
            umask 022
            if ! cd "$2" 2>/dev/null; then
              if [ ! -e "$2" ]; then echo '-no such file or directory'
              elif [ ! -d "$2" ]; then echo '-not a directory'
              else echo '-permission denied'; fi
              exit 125
            fi
            shift 2
            if [ ! -e "$1" ]; then echo '-no such file or directory'; exit 125; fi
            if [ -d "$1" ] || [ ! -x "$1" ]; then echo '-permission denied'; exit 125; fi
            echo "+$$"
            unset sf_go OLDPWD
            """;

    private static final String HIDDEN = "SANDFLOCK_HIDDEN_";
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /**
     * Variables that would act on the programs that lead into the machine, with the host's rights; they travel renamed. So do those
     * of the locale, {@code LANG} and {@code LC_*}: with them each program on the way would load a dozen files for nothing.
     */
    private static final Set<String> LOADER = Set.of(
            "GLIBC_TUNABLES",
            "GCONV_PATH",
            "LOCPATH",
            "NLSPATH",
            "BASH_ENV",
            "ENV",
            "SHELLOPTS",
            "BASHOPTS",
            "IFS",
            "PS4",
            "POSIXLY_CORRECT",
            "LANG",
            "LANGUAGE",
            "LOCALDOMAIN",
            "RES_OPTIONS",
            "TMPDIR",
            "MALLOC_TRACE");

    private LaunchScript() {}

    /** Whether a variable can be given to a process through a shell. */
    static boolean isName(String name) {
        return NAME.matcher(name).matches() && !name.startsWith(HIDDEN);
    }

    static List<String> command(Launch launch) {
        List<String> command = new ArrayList<>(launch.enter());
        command.addAll(program("", launch.env().keySet(), launch.mergeStderr()));
        command.addAll(words(launch));
        return command;
    }

    /**
     * What does not depend on the command.
     *
     * @param before a program that comes first, and adds {@link #words} to the arguments
     * @param variables names of the command's
     */
    static List<String> program(String before, Set<String> variables, boolean mergeStderr) {
        return List.of("/bin/sh", "-c", before + text(variables, mergeStderr), "sh");
    }

    /** What follows {@link #program}. */
    static List<String> words(Launch launch) {
        List<String> words = new ArrayList<>(List.of(launch.hostname(), launch.cwd()));
        words.addAll(launch.argv());
        return words;
    }

    static Map<String, String> environment(Map<String, String> env) {
        Map<String, String> environment = new LinkedHashMap<>();
        env.forEach((name, value) -> environment.put(travelsRenamed(name) ? HIDDEN + name : name, value));
        return environment;
    }

    private static String text(Set<String> variables, boolean mergeStderr) {
        StringBuilder text = new StringBuilder(HEAD);
        variables.stream()
                .filter(LaunchScript::travelsRenamed)
                .forEach(name -> text.append("export %1$s=\"${%2$s%1$s}\"; unset %2$s%1$s\n".formatted(name, HIDDEN)));
        return text.append("exec \"$@\"").append(mergeStderr ? " 2>&1" : "").toString();
    }

    private static boolean travelsRenamed(String name) {
        return name.startsWith("LD_") || name.startsWith("LC_") || LOADER.contains(name);
    }
}
