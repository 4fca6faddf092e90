/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Docker-in-Docker: the services of a compose file brought up in one sandbox, and each of them as an environment. The entry is
 * {@link io.sandflock.engine.dind.DockerProjects}.
 */
@NullMarked
package io.sandflock.engine.dind;

import org.jspecify.annotations.NullMarked;
