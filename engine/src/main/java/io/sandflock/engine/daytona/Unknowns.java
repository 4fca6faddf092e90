/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names each value that this version does not know once: the platform adds some in almost every release. */
final class Unknowns {

    private static final Logger log = LoggerFactory.getLogger("io.sandflock.wire");
    /** A platform that makes up values must not fill the log or the memory. */
    private static final int MOST = 100;

    private static final Set<String> named = ConcurrentHashMap.newKeySet();

    private Unknowns() {}

    static void name(String what, String value) {
        String text = what + " '" + Failures.excerpt(value) + "'";
        if (named.size() < MOST && named.add(text)) {
            log.warn("The platform sent an unknown {}: tolerated, and not mentioned again", text);
        }
    }
}
