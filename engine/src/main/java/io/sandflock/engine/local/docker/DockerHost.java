/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import io.sandflock.engine.local.process.LockFile;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the machines of an open substrate share.
 *
 * @param engine the API
 * @param version of the engine, for people
 * @param seccomp whether the engine filters system calls
 * @param instance this substrate's name and lock
 * @param containers makes and removes them
 * @param network that sandboxes are in
 * @param images what they are made from
 * @param machines by the sandbox's id
 * @param traits by image
 * @param folder where instances on this engine note that they live
 */
record DockerHost(
        EngineClient engine,
        String version,
        boolean seccomp,
        DockerOptions options,
        LockFile instance,
        Containers containers,
        Network network,
        Images images,
        ConcurrentHashMap<String, DockerMachine> machines,
        ConcurrentHashMap<String, Traits> traits,
        Path folder) {}
