/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.platform.CreateSandbox.Resources;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Names that say what a snapshot is made from. */
final class SnapshotNames {

    private static final Pattern CONTENT =
            Pattern.compile("sandflock-[0-9a-f]{12}|inspect-dind-\\d+cpu-\\d+gb-\\d+gpu-[0-9a-f]{12}");
    private static final String OWNER = "\n# sandflock: made by ";

    private SnapshotNames() {}

    /** By everything that goes into it. */
    static String content(String dockerfile, String contextHash, Resources resources) {
        return "sandflock-" + hash("1\0" + dockerfile + "\0" + contextHash + "\0" + sizes(resources), 12);
    }

    static boolean isContent(String name) {
        return CONTENT.matcher(name).matches();
    }

    /** The one that Inspect's own provider uses too; another image has another name. */
    static String daemon(String image, Resources resources) {
        String name = daemon(resources);
        return image.equals(PlannerSettings.DEFAULT_DAEMON_IMAGE) ? name : name + "-" + hash(image, 8);
    }

    /** That of a daemon's image with others in it: a build of our own. */
    static String daemonWith(String dockerfile, Resources resources) {
        return daemon(resources) + "-" + hash("1\0" + dockerfile + "\0" + sizes(resources), 12);
    }

    private static String daemon(Resources resources) {
        return "inspect-dind-" + resources.cpu().orElse(0) + "cpu-"
                + resources.memoryGib().orElse(0) + "gb-" + resources.gpu().orElse(0) + "gpu";
    }

    /** Snapshots have no labels, so whose a build is stands in a comment at its end; it is no part of the name. */
    static String signed(String dockerfile, String owner) {
        return dockerfile + OWNER + owner.replaceAll("\\p{Cntrl}", " ") + "\n";
    }

    static boolean isSignedBy(String dockerfile, String owner) {
        return dockerfile.endsWith(OWNER + owner.replaceAll("\\p{Cntrl}", " ") + "\n");
    }

    private static String sizes(Resources resources) {
        return size(resources.cpu()) + size(resources.memoryGib()) + size(resources.diskGib()) + size(resources.gpu());
    }

    private static String size(OptionalInt size) {
        return (size.isPresent() ? Integer.toString(size.getAsInt()) : "-") + "\0";
    }

    private static String hash(String text, int digits) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, digits);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
