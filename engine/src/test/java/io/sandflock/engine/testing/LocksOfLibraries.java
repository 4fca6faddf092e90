/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Netty's adaptive allocator grows and frees its magazines under a lock of its own, held for a few instructions. Netty's integration with
 * BlockHound allows for other such places and not for these. And the tests' virtual clock keeps its queue under one, which a test that
 * advances it and an engine that cancels a delay may meet at.
 */
public final class LocksOfLibraries implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$MagazineGroup", "tryExpandMagazines")
                .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator$Magazine", "free")
                .allowBlockingCallsInside("java.util.concurrent.PriorityBlockingQueue", "offer")
                .allowBlockingCallsInside("java.util.concurrent.PriorityBlockingQueue", "poll")
                .allowBlockingCallsInside("java.util.concurrent.PriorityBlockingQueue", "peek")
                .allowBlockingCallsInside("java.util.concurrent.PriorityBlockingQueue", "remove");
    }
}
