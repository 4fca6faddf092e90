/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.Environment;
import io.sandflock.Sandbox;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A sandbox whose environments are services.
 *
 * @param environment the default one
 * @param environments the default one first, the others in the file's order
 */
record ServicesSandbox(String id, String name, Environment environment, Map<String, Environment> environments)
        implements Sandbox {

    ServicesSandbox {
        environments = Collections.unmodifiableMap(new LinkedHashMap<>(environments));
    }
}
