/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import io.sandflock.ExecRequest;
import io.sandflock.engine.local.simulated.CommandScript.Command;
import io.sandflock.engine.local.simulated.CommandScript.Result;
import java.time.Duration;
import java.util.List;

/**
 * The command of simulated sandboxes: waits, prints, and maybe goes on printing.
 *
 * @param firstMillis until the first output
 * @param chunks pieces of output
 * @param bytes of each
 * @param gapMillis between them
 */
record Produce(int firstMillis, int chunks, int bytes, int gapMillis) {

    private static final String NAME = "produce";

    ExecRequest request() {
        return ExecRequest.of(
                NAME,
                Integer.toString(firstMillis),
                Integer.toString(chunks),
                Integer.toString(bytes),
                Integer.toString(gapMillis));
    }

    /** What a simulated sandbox does about it. */
    static Result run(Command command) {
        List<String> argv = command.argv();
        if (argv.size() != 5 || !argv.get(0).equals(NAME)) {
            return Result.of(127).stderr("expected " + NAME + " FIRST_MILLIS CHUNKS BYTES GAP_MILLIS\n");
        }
        int chunks = number(argv, 2);
        String chunk = "x".repeat(number(argv, 3));
        Result result = Result.of(0).pause(Duration.ofMillis(number(argv, 1)));
        for (int i = 0; i < chunks; i++) {
            result = (i == 0 ? result : result.pause(Duration.ofMillis(number(argv, 4)))).stdout(chunk);
        }
        return result;
    }

    private static int number(List<String> argv, int index) {
        return Integer.parseInt(argv.get(index));
    }
}
