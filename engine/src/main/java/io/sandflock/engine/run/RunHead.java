/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import java.net.URI;
import java.time.Instant;

/**
 * What is known of a run before its first sample.
 *
 * @param runId hexadecimal
 * @param platform where it runs
 * @param platformVersion what the platform says of itself
 * @param version Sandflock's own
 */
public record RunHead(String runId, Instant startedAt, URI platform, String platformVersion, String version) {}
