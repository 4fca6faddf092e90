/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The checks of Inspect's {@code self_check}, by their number in the order of its list, that a claim covers. */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface InspectCheck {

    /** How many checks Inspect has. */
    int COUNT = 44;

    /** From 1 to {@value #COUNT}. */
    int[] value();
}
