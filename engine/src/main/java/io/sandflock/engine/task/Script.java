/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.FileContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A script that is uploaded and run. */
public final class Script {

    private final byte[] content;

    private Script(byte[] content) {
        this.content = content;
    }

    /** A script's bytes, copied. */
    public static Script of(byte[] content) {
        return new Script(content.clone());
    }

    /** A copy of the script's bytes. */
    public byte[] bytes() {
        return content.clone();
    }

    FileContent content() {
        return FileContent.bytes(content);
    }

    /**
     * How it is run once it lies at {@code path}: by the program of its {@code #!} line, else by {@code sh}. Naming the program
     * spares a request to set the mode, and works where the folder is mounted {@code noexec}.
     */
    List<String> argv(String path) {
        List<String> argv = new ArrayList<>(interpreter());
        argv.add(path);
        return argv;
    }

    // As Linux reads the line: the program, and all the rest as one argument.
    private List<String> interpreter() {
        if (content.length < 3 || content[0] != '#' || content[1] != '!') {
            return List.of("sh");
        }
        int end = 2;
        while (end < content.length && end < 256 && content[end] != '\n') {
            end++;
        }
        String line = new String(Arrays.copyOfRange(content, 2, end), StandardCharsets.UTF_8).strip();
        if (line.isEmpty() || line.indexOf('\0') >= 0) {
            return List.of("sh");
        }
        int blank = 0;
        while (blank < line.length() && !Character.isWhitespace(line.charAt(blank))) {
            blank++;
        }
        String program = line.substring(0, blank);
        return blank == line.length()
                ? List.of(program)
                : List.of(program, line.substring(blank).strip());
    }

    /** The size only. */
    @Override
    public String toString() {
        return "Script[" + content.length + " bytes]";
    }
}
