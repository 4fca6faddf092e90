/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import picocli.CommandLine.IFactory;

/** Hands each command the {@link Invocation} that it works for. */
final class CommandFactory implements IFactory {

    private final Invocation invocation;
    private final IFactory others = new Declared.Others();

    CommandFactory(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        for (var constructor : type.getDeclaredConstructors()) {
            if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Invocation.class) {
                return type.cast(constructor.newInstance(invocation));
            }
        }
        return others.create(type);
    }
}
