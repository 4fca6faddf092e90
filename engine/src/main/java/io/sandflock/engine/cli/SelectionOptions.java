/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.lease.Cleanup;
import io.sandflock.engine.platform.SandboxInfo;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;

/** Which sandboxes a command is about. */
final class SelectionOptions {

    @Option(names = "--run", paramLabel = "ID", description = "of this run only")
    private @Nullable String run;

    @Option(
            names = "--all",
            description = "everybody's in the organization; default: your own (SANDFLOCK_OWNER, else user@host)")
    private boolean all;

    boolean namesARun() {
        return run != null;
    }

    Flux<SandboxInfo> find(Session session) {
        return cleanup(session).find(Optional.ofNullable(run));
    }

    Cleanup cleanup(Session session) {
        return session.cleanup(all);
    }
}
