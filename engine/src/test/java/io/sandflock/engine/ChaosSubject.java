/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.engine.platform.Platform;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * A platform that chaos is let loose on, and what it says of itself afterwards.
 *
 * @param live sandboxes that are there
 * @param createdTwice what was created more than once
 * @param patience limit of a sample, and the most that a loan is waited for: several times what either takes
 * @param folder of the run that goes to its end
 */
record ChaosSubject(
        Platform platform,
        EnvironmentFactory environments,
        IntSupplier live,
        Supplier<List<String>> createdTwice,
        Duration patience,
        Optional<Path> folder) {}
