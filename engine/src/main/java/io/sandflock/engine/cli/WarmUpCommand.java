/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.ExecRequest;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Loads the classes that every command needs, so that the JVM can write them to its start-up cache. Runs on the simulated
 * substrate: nothing is left on the machine. The launcher calls it once after each build.
 */
@Command(name = "warm-up", hidden = true, description = WarmUpCommand.ABOUT)
final class WarmUpCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT = "For the launcher: fills the JVM's start-up cache.";

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = PlatformOptions.simulated();

    WarmUpCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        CommandFactory factory = new CommandFactory(invocation);
        String help = ProgramLine.of(factory).getUsageMessage()
                + ProgramLine.of(factory, "run").getSubcommands().get("run").getUsageMessage();
        return Session.use(
                invocation,
                platform,
                session -> session.engine()
                        .withSandbox(
                                SandboxRequest.of(SandboxSpec.defaultSnapshot()),
                                sandbox -> sandbox.environment().exec(ExecRequest.of("true")))
                        .thenReturn(help.isEmpty() ? ExitCode.DEFECT : ExitCode.DONE));
    }
}
