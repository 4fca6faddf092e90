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
 * @param past what it went through before the run was resumed
 */
public record Job(Sample sample, int epoch, Past past) {}
