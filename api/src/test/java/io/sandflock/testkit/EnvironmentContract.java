/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * All claims about an {@link io.sandflock.Environment}. A test class implements it, and with it the hooks of
 * {@link EnvironmentUnderTest}; one environment may serve all claims, one after another. After the class the list of claims is printed with
 * what became of each.
 */
@ExtendWith(ClaimReport.class)
public interface EnvironmentContract
        extends FileClaims,
                FileErrorClaims,
                ExecClaims,
                InputClaims,
                EndingClaims,
                TimeoutClaims,
                OutputLimitClaims,
                UserClaims,
                WorkingDirectoryClaims,
                StreamClaims {}
