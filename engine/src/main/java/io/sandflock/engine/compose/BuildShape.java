/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A service's {@code build}: a context, or a mapping. */
final class BuildShape {

    private static final Pattern REMOTE =
            Pattern.compile("(?i)[a-z][a-z0-9+.-]*:(?://)?.+|git@.+|github\\.com/.+|.+\\.git(#.*)?");

    private static final Keys KEYS = Keys.none()
            .with(localOr(true), "context")
            .with(Shapes.TEXT, "dockerfile", "dockerfile_inline", "target", "network", "isolation")
            .with(Shapes.VARIABLES, "args")
            .with(Shapes.LABELS, "labels", "ssh")
            .with(Shapes.TEXTS, "cache_from", "cache_to", "tags", "platforms", "entitlements")
            .with(Shapes.TEXT_OR_TEXTS, "no_cache_filter")
            .with(Shapes.BOOLEAN, "no_cache", "pull", "privileged")
            .with(Shapes.ANY_TEXT, "provenance", "sbom")
            .with(Shapes.SIZE, "shm_size")
            .with(additionalContexts(), "additional_contexts")
            .with(ServiceParts.HOSTS, "extra_hosts")
            .with(ServiceParts.ULIMITS, "ulimits")
            .with(ServiceParts.GRANTS, "secrets");

    static final Shape SHAPE = Shapes.shorthand("context", localOr(true), KEYS);

    private BuildShape() {}

    /** A folder of this machine, or a repository or image by its address, which stays a text. */
    private static Shape localOr(boolean context) {
        Shape local = Shapes.path(context);
        return (node, place) ->
                node instanceof Node.Scalar scalar && isRemote(scalar.text()) ? scalar.text() : local.read(node, place);
    }

    private static Shape additionalContexts() {
        Shape map = Shapes.map(localOr(true), false);
        return (node, place) -> {
            if (!(node instanceof Node.Items list)) {
                return map.read(node, place);
            }
            java.util.Map<String, @Nullable Object> contexts = new java.util.LinkedHashMap<>();
            for (Node item : list.items()) {
                int equals = item instanceof Node.Scalar scalar ? scalar.text().indexOf('=') : -1;
                if (equals < 1 || !(item instanceof Node.Scalar scalar)) {
                    place.expectedKind(item, "NAME=path");
                    continue;
                }
                String text = scalar.text().substring(equals + 1);
                contexts.put(scalar.text().substring(0, equals), isRemote(text) ? text : local(scalar, text, place));
            }
            return contexts;
        };
    }

    private static @Nullable HostPath local(Node.Scalar scalar, String text, Shape.Place place) {
        java.nio.file.Path path = place.reading().path(scalar, text, place.path());
        return path == null
                ? null
                : new HostPath(Reading.absolute(path), true, place.reading().source(scalar.line()));
    }

    static boolean isRemote(String text) {
        return REMOTE.matcher(text).matches();
    }
}
