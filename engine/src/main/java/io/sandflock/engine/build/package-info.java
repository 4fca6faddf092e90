/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Builds of images, as far as they concern this machine: what a Dockerfile needs of its context, and the one archive that holds it. The
 * platform does the building.
 */
@NullMarked
package io.sandflock.engine.build;

import org.jspecify.annotations.NullMarked;
