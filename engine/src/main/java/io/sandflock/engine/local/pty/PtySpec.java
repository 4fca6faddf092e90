/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.pty;

import java.util.Map;
import java.util.Optional;

/**
 * A terminal to open.
 *
 * @param id the client's
 * @param cwd absolute, or relative to the machine's working directory, which is also the default
 * @param env added to the machine's variables
 * @param cols its width
 * @param rows its height
 * @param lazy whether the shell starts only once somebody is connected
 */
public record PtySpec(String id, Optional<String> cwd, Map<String, String> env, int cols, int rows, boolean lazy) {

    /** What a terminal may have of each. */
    public static final int LARGEST = 1000;

    /** Copies the variables. */
    public PtySpec {
        env = Map.copyOf(env);
    }

    /** Never the variables. */
    @Override
    public String toString() {
        return "PtySpec[" + id + ", " + cols + "x" + rows + "]";
    }
}
