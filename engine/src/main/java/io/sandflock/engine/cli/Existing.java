/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.ToolboxEnvironment;
import io.sandflock.engine.platform.SandboxInfo;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Work in a sandbox that exists, and is left as it was found. */
final class Existing {

    private Existing() {}

    /** @param terminal what is run instead of {@code work}, if anything */
    static Mono<Integer> in(
            Session session,
            String idOrName,
            Optional<TerminalRun> terminal,
            Function<ToolboxEnvironment, Mono<Integer>> work) {
        return session.platform()
                .sandboxes()
                .get(idOrName)
                .flatMap(info -> terminal.isPresent()
                        ? terminal.get()
                                .on(
                                        session.platform().toolbox(info),
                                        session.interruption().requested())
                        : Mono.usingWhen(
                                Mono.fromSupplier(() -> environment(session, info)),
                                work,
                                ToolboxEnvironment::closeLater));
    }

    private static ToolboxEnvironment environment(Session session, SandboxInfo info) {
        return ToolboxEnvironment.create(
                "default",
                info.id(),
                session.platform().toolbox(info),
                session.platform().sandboxes(),
                ExecSettings.DEFAULT,
                new Random());
    }
}
