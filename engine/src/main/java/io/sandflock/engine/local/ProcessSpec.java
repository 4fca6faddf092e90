/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process to start in a machine, in a process group of its own, with pipes for its three streams.
 *
 * @param argv absolute path of the program, and its arguments
 * @param cwd absolute, or relative to the machine's working directory; that directory when empty
 * @param env added to the machine's variables; these win
 * @param mergeStderr whether standard error goes into standard output, in order
 */
public record ProcessSpec(List<String> argv, Optional<String> cwd, Map<String, String> env, boolean mergeStderr) {

    /** Copies. */
    public ProcessSpec {
        argv = List.copyOf(argv);
        env = Map.copyOf(env);
    }
}
