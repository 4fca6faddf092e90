/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import java.nio.file.Path;
import java.util.List;

/**
 * What a sandbox's holder is made from.
 *
 * @param hostname the sandbox's host name; empty when it is told later, by {@link Holder#name}
 * @param mark argument by which a sweep finds holders that outlived their keeper
 * @param folder the sandbox's files
 * @param fstab its mounts
 * @param template what an unprivileged sandbox's writable folders are copied from
 * @param privileged whether the JVM is the host's root
 * @param networkBlocked loopback only
 * @param cgroups folders of the cgroups that it joins
 */
record HolderPlan(
        String hostname,
        String mark,
        Path folder,
        Path fstab,
        Path template,
        boolean privileged,
        boolean networkBlocked,
        List<Path> cgroups) {}
