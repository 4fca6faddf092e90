/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.List;
import java.util.Optional;

/**
 * What a platform builds an image from.
 *
 * @param dockerfile the text, build arguments and target in it; may hold secrets
 * @param context what it needs of its context; empty when it needs nothing
 * @param warnings for people
 */
public record ImageInput(String dockerfile, Optional<BuildContext> context, List<String> warnings) {

    /** Copies the warnings. */
    public ImageInput {
        warnings = List.copyOf(warnings);
    }

    /** Never the text. */
    @Override
    public String toString() {
        return "ImageInput[" + context.map(BuildContext::hash).orElse("no context") + "]";
    }
}
