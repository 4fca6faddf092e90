/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import org.jspecify.annotations.Nullable;

/**
 * What a value of a compose file may look like, and the one form that it is brought into: {@code String}, {@code Long},
 * {@code Boolean}, {@link HostPath}, {@code List}, {@code Map}. Where the specification has a short and a long form, the long one.
 */
@FunctionalInterface
interface Shape {

    /** The value; {@code null} when it is none, which was noted as a problem. Never called with an empty scalar. */
    @Nullable
    Object read(Node node, Place place);

    /**
     * Where a value stands.
     *
     * @param path for people, for example {@code services.web.ports[0]}
     * @param reading its file
     */
    record Place(String path, Reading reading) {

        Place key(String key) {
            return new Place(path.isEmpty() ? key : path + "." + key, reading);
        }

        Place item(int index) {
            return new Place(path + "[" + index + "]", reading);
        }

        /** Notes a problem. Returns {@code null}. */
        @Nullable
        Object problem(Node node, String problem) {
            reading.problems().add(node, path + ": " + problem);
            return null;
        }

        /** As above: something else was expected. The value is shown when it is short and no secret can be in it. */
        @Nullable
        Object expected(Node node, String what) {
            String was = node instanceof Node.Scalar scalar && scalar.value() != null
                    ? Problems.shown(scalar.text())
                    : node.kind();
            return problem(node, "expected " + what + ", was " + was);
        }

        /** As above, without the value. */
        @Nullable
        Object expectedKind(Node node, String what) {
            return problem(node, "expected " + what + ", was " + node.kind());
        }
    }
}
