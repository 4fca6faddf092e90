/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reacts to Ctrl-C and SIGTERM while the program runs on. A shutdown hook cannot: the JVM is ending by then, and a second Ctrl-C
 * would not be seen.
 *
 * <p>{@code sun.misc.Signal} is the only way that a JVM offers, exported by {@code jdk.unsupported} in every release so far. It is
 * reached by reflection because naming it is a warning that cannot be suppressed; where it is missing, signals end the JVM as they
 * always do.
 */
final class Signals {

    private static final Logger log = LoggerFactory.getLogger("sandflock.cli");

    private Signals() {}

    /** Runs {@code action} on a thread of the JVM's whenever {@code name}, for example {@code INT}, arrives. */
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            @SuppressWarnings("ReferenceEquality") // equals of a proxy is identity
            InvocationHandler dispatch = (proxy, method, args) -> switch (method.getName()) {
                case "handle" -> {
                    action.run();
                    yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> args != null && proxy == args[0];
                default -> "Signals." + name;
            };
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, dispatch);
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            log.debug("no reaction to SIG{} on this JVM", name, e);
        }
    }
}
