/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import org.jspecify.annotations.Nullable;

/** The top level of a compose file. */
final class FileShape {

    private static final Keys NETWORK = Keys.none()
            .with(Shapes.TEXT, "name", "driver")
            .with(Shapes.LABELS, "driver_opts", "labels")
            .with(
                    Keys.none()
                            .with(Shapes.TEXT, "driver")
                            .with(
                                    Shapes.list(Keys.none()
                                            .with(Shapes.TEXT, "subnet", "ip_range", "gateway")
                                            .with(Shapes.LABELS, "aux_addresses")),
                                    "config")
                            .with(Shapes.LABELS, "options"),
                    "ipam")
            .with(external("network"), "external")
            .with(Shapes.BOOLEAN, "internal", "attachable", "enable_ipv4", "enable_ipv6");

    private static final Keys VOLUME = Keys.none()
            .with(Shapes.TEXT, "name", "driver")
            .with(Shapes.LABELS, "driver_opts", "labels")
            .with(external("volume"), "external");

    private static final Keys SECRET = Keys.none()
            .with(Shapes.TEXT, "name")
            .with(Shapes.FILE, "file")
            .with(Shapes.LABELS, "labels")
            .with(
                    Shapes.refused("this machine's variables stay on it; put the secret into a file and name that"),
                    "environment")
            .with(external("secret"), "external")
            .with(Shapes.refused("a sandbox's daemon is no swarm"), "driver", "driver_opts", "template_driver");

    private static final Keys CONFIG = Keys.none()
            .with(Shapes.TEXT, "name")
            .with(Shapes.ANY_TEXT, "content")
            .with(Shapes.FILE, "file")
            .with(Shapes.LABELS, "labels")
            .with(
                    Shapes.refused("this machine's variables stay on it; write content: ${NAME} to hand one over"),
                    "environment")
            .with(external("config"), "external")
            .with(Shapes.refused("a sandbox's daemon is no swarm"), "template_driver");

    private static final Keys INCLUDE = Keys.none()
            .with(Shapes.oneOrMore(Shapes.FILE), "path", "env_file")
            .with(Shapes.FILE, "project_directory")
            .required("path");

    /** All keys of a file. */
    static final Keys KEYS = Keys.none()
            // Compose's own wants it to be a number or a text, and ignores it.
            .with(Shapes.ANY_TEXT, "version")
            .with(Shapes.TEXT, "name")
            .with(Shapes.map(ServiceShape.KEYS, false), "services")
            .with(Shapes.map(NETWORK, true), "networks")
            .with(Shapes.map(VOLUME, true), "volumes")
            .with(Shapes.map(SECRET, false), "secrets")
            .with(Shapes.map(CONFIG, false), "configs")
            .with(
                    Shapes.list((node, place) ->
                            node instanceof Node.Fields ? INCLUDE.read(node, place) : include(node, place)),
                    "include")
            .with(Shapes.refused("a sandbox has no model runner"), "models");

    private FileShape() {}

    private static @Nullable Object include(Node node, Shape.Place place) {
        Object path = Shapes.FILE.read(node, place);
        return path == null ? null : java.util.Map.of("path", java.util.List.of(path));
    }

    private static Shape external(String what) {
        return (node, place) -> {
            boolean not = !(node instanceof Node.Fields) && Boolean.FALSE.equals(Shapes.BOOLEAN.read(node, place));
            return not
                    ? null
                    : place.problem(
                            node,
                            "a sandbox's daemon begins empty and has no " + what
                                    + " that somebody else made; leave 'external' out");
        };
    }
}
