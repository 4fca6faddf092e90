/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The contract of an {@link io.sandflock.Environment}, as tests that any platform's environment is run through: implement
 * {@link io.sandflock.testkit.EnvironmentContract} in a test class. Needs JUnit Jupiter and AssertJ on the test class path.
 */
@NullMarked
package io.sandflock.testkit;

import org.jspecify.annotations.NullMarked;
