/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.Map;

/** A live sandbox and the environments in it. Valid until the function that it was handed to has ended. */
public interface Sandbox {

    /** The platform's id. */
    String id();

    /** The name that the engine chose, unique across runs. */
    String name();

    /** The default environment. */
    Environment environment();

    /** All environments by name, the default one first. */
    Map<String, Environment> environments();
}
