/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.Sample;

/**
 * What ends in one outcome.
 *
 * @param epoch from 1
 */
public record Job(Sample sample, int epoch) {}
