/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: Sandflock's version and the JVM's. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"sandflock " + ofThisBuild() + " (Java " + Runtime.version() + ")"};
    }

    static String ofThisBuild() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "of an unpacked build" : version;
    }
}
