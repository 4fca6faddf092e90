/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Words that nobody guesses: by them a program tells its own lines from what others print. */
final class SecretWord {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 12;

    private SecretWord() {}

    /** A new one: 24 hexadecimal digits. */
    static String next() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
