/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

/** What {@code --version} prints: Sandflock's version and the JVM's. */
final class Version {

    private Version() {}

    static String line() {
        return "sandflock " + ofThisBuild() + " (Java " + Runtime.version() + ")";
    }

    static String ofThisBuild() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "of an unpacked build" : version;
    }
}
