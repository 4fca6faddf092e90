/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

/** Sees every exchange of the embedded server, after the answer's last byte was handed to the network. For tests. */
@FunctionalInterface
public interface ExchangeListener {

    /** Called on the connection's event loop: must neither block nor throw. */
    void onExchange(Exchange exchange);
}
