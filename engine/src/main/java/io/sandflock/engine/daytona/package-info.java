/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The wire of Daytona v0: control plane, object storage, state events, and the toolbox in each sandbox. Decodes leniently,
 * trusts no answer, retries nothing.
 */
@NullMarked
package io.sandflock.engine.daytona;

import org.jspecify.annotations.NullMarked;
