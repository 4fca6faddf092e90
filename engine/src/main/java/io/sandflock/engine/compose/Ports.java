/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A published port, short or long: {@code 80}, {@code 8080:80}, {@code 127.0.0.1:8000-8010:80-90/udp}. */
final class Ports implements Shape {

    static final Ports SHAPE = new Ports();

    private static final String RANGE = "\\d{1,5}(?:-\\d{1,5})?";
    private static final Pattern SHORT = Pattern.compile(
            "(?:(?:(?:\\[[0-9a-fA-F:.%]+\\]|[^:\\s/]*):)?(?:" + RANGE + ")?:)?" + RANGE + "(?:/(?:tcp|udp|sctp))?");
    private static final Keys LONG = Keys.none()
            .with(Shapes.TEXT, "name", "host_ip", "published", "app_protocol")
            .with(Shapes.oneOf("tcp", "udp", "sctp"), "protocol")
            .with(Shapes.oneOf("host", "ingress"), "mode")
            .with(Shapes.whole(1, 65_535), "target")
            .required("target");

    private Ports() {}

    @Override
    public @Nullable Object read(Node node, Place place) {
        if (node instanceof Node.Fields) {
            return LONG.read(node, place);
        }
        return node instanceof Node.Scalar scalar
                        && SHORT.matcher(scalar.text()).matches()
                ? scalar.text()
                : place.expected(node, "a port such as 80, 8080:80 or 127.0.0.1:8080:80/udp");
    }
}
