/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.util.Optional;

/**
 * What a platform says of itself.
 *
 * @param version of its API
 * @param defaultSnapshot what a sandbox without snapshot gets
 */
public record PlatformInfo(String version, Optional<String> defaultSnapshot) {}
