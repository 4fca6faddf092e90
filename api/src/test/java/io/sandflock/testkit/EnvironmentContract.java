/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

/**
 * All claims about an {@link io.sandflock.Environment}. A test class implements it, and with it the hooks of
 * {@link EnvironmentUnderTest}; one environment may serve all claims, one after another. Where only some matter, a class implements
 * those interfaces.
 */
public interface EnvironmentContract
        extends FileClaims,
                FileErrorClaims,
                FileTreeClaims,
                TransferClaims,
                ExecClaims,
                InputClaims,
                EndingClaims,
                TimeoutClaims,
                OutputLimitClaims,
                UserClaims,
                WorkingDirectoryClaims,
                StreamClaims,
                ConnectionClaims {}
