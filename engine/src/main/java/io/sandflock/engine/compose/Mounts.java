/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A service's volumes, short ({@code source:target:mode}) and long. A relative path becomes a {@link HostPath}; an absolute one does
 * where it lies in the compose file's folder, as {@code ${PWD}/data} does, and is the sandbox's own otherwise.
 */
final class Mounts implements Shape {

    static final Mounts SHAPE = new Mounts();

    private static final Set<String> PROPAGATION =
            Set.of("rprivate", "private", "rshared", "shared", "rslave", "slave");
    private static final Keys LONG = Keys.none()
            .with(Shapes.oneOf("bind", "volume", "tmpfs", "image", "npipe", "cluster"), "type")
            .with(Shapes.TEXT, "source", "target", "consistency")
            .with(Shapes.BOOLEAN, "read_only")
            .with(
                    Keys.none()
                            .with(Shapes.TEXT, "propagation", "selinux", "recursive")
                            .with(Shapes.BOOLEAN, "create_host_path"),
                    "bind")
            .with(
                    Keys.none()
                            .with(Shapes.LABELS, "labels")
                            .with(Shapes.BOOLEAN, "nocopy")
                            .with(Shapes.TEXT, "subpath"),
                    "volume")
            .with(Keys.none().with(Shapes.SIZE, "size").with(Shapes.MODE, "mode"), "tmpfs")
            .with(Keys.none().with(Shapes.TEXT, "subpath"), "image")
            .required("type", "target");

    private Mounts() {}

    @Override
    public @Nullable Object read(Node node, Place place) {
        if (node instanceof Node.Scalar scalar) {
            return shortForm(scalar, place);
        }
        Map<String, @Nullable Object> mount = Shapes.castMap(LONG.read(node, place));
        Node source = node instanceof Node.Fields map ? map.get("source") : null;
        if ("bind".equals(mount.get("type"))) {
            if (!(source instanceof Node.Scalar scalar)) {
                return place.problem(node, "has no source");
            }
            mount.put("source", source(scalar, scalar.text(), place.key("source")));
        }
        return mount;
    }

    private static @Nullable Object shortForm(Node.Scalar scalar, Place place) {
        List<String> parts = List.of(scalar.text().split(":", -1));
        if (parts.size() > 3 || parts.stream().anyMatch(String::isBlank)) {
            return place.expected(scalar, "TARGET, SOURCE:TARGET or SOURCE:TARGET:MODE");
        }
        Map<String, @Nullable Object> mount = new LinkedHashMap<>();
        if (parts.size() == 1) {
            mount.put("type", "volume");
            mount.put("target", parts.get(0));
            return mount;
        }
        boolean bind = "./~".indexOf(parts.get(0).charAt(0)) >= 0;
        mount.put("type", bind ? "bind" : "volume");
        mount.put("source", bind ? source(scalar, parts.get(0), place) : parts.get(0));
        mount.put("target", parts.get(1));
        if (bind) {
            // Implied by this form alone.
            inner(mount, "bind").put("create_host_path", true);
        }
        if (parts.size() == 3) {
            for (String option : parts.get(2).split(",", -1)) {
                option(option, mount, scalar, place);
            }
        }
        return mount;
    }

    private static void option(String option, Map<String, @Nullable Object> mount, Node.Scalar scalar, Place place) {
        if (option.equals("ro")) {
            mount.put("read_only", true);
        } else if (option.equals("z") || option.equals("Z")) {
            inner(mount, "bind").put("selinux", option);
        } else if (option.equals("nocopy")) {
            inner(mount, "volume").put("nocopy", true);
        } else if (PROPAGATION.contains(option)) {
            inner(mount, "bind").put("propagation", option);
        } else if (!Set.of("rw", "cached", "delegated", "consistent").contains(option)) {
            place.problem(
                    scalar,
                    "unknown mode " + Problems.shown(option) + "; accepted: ro, rw, z, Z, nocopy, cached, delegated,"
                            + " consistent, "
                            + String.join(", ", PROPAGATION.stream().sorted().toList()));
        }
    }

    private static Map<String, @Nullable Object> inner(Map<String, @Nullable Object> mount, String key) {
        Map<String, @Nullable Object> inner = Shapes.castMap(mount.get(key));
        mount.put(key, inner);
        return inner;
    }

    private static @Nullable Object source(Node.Scalar scalar, String text, Place place) {
        Reading reading = place.reading();
        Path path = reading.path(scalar, text, place.path());
        if (path == null) {
            return null;
        }
        boolean ours = !text.startsWith("/") || Reading.absolute(path).startsWith(reading.root());
        return ours ? new HostPath(Reading.absolute(path), false, reading.source(scalar.line())) : path.toString();
    }
}
