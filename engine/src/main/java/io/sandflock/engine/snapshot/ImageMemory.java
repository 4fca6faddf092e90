/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.PermanentException;
import io.sandflock.engine.build.ImageInput;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.plan.ImageBuild;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What one run keeps in mind: a build's files as they were when they were first read, so that all its samples get the same image, and
 * builds that failed, so that they do not fail once more for each sample. Thread-safe.
 */
public final class ImageMemory {

    private static final Duration FOR_GOOD = Duration.ofDays(10_000);

    private final SingleFlight<ImageBuild, ImageInput> inputs;
    private final ConcurrentMap<String, PermanentException> failures = new ConcurrentHashMap<>();

    private ImageMemory(Time time, Duration kept) {
        this.inputs = new SingleFlight<>(time, kept, PermanentException.class::isInstance);
    }

    /** Of a run. */
    public static ImageMemory ofRun(Time time) {
        return new ImageMemory(time, FOR_GOOD);
    }

    /** Of nobody: files are read again as soon as nobody waits for them. */
    public static ImageMemory none(Time time) {
        return new ImageMemory(time, Duration.ZERO);
    }

    SingleFlight<ImageBuild, ImageInput> inputs() {
        return inputs;
    }

    Optional<PermanentException> failure(String snapshot) {
        return Optional.ofNullable(failures.get(snapshot));
    }

    void failed(String snapshot, PermanentException error) {
        if (inputs.remembers()) {
            failures.put(snapshot, error);
        }
    }
}
