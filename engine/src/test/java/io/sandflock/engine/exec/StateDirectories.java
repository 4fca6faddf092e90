/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ProgramText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the environments of a toolbox have left in this machine. */
final class StateDirectories {

    private StateDirectories() {}

    static List<Path> of(ShellToolbox toolbox) {
        Set<String> prefixes = toolbox.texts.stream()
                .map(text -> ProgramText.decode(text).orElseThrow())
                .map(ExecCall::id)
                .map(id -> ".sandflock-" + id.prefix())
                .collect(Collectors.toSet());
        try (var entries = Files.list(Path.of("/var/tmp"))) {
            return entries.filter(entry ->
                            prefixes.stream().anyMatch(entry.getFileName().toString()::startsWith))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
