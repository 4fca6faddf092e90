/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.Secret;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.Substrate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

@Command(
        name = "local",
        description = {LocalCommand.ABOUT, "Prints what a client needs as two lines to put into an environment."},
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class LocalCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT =
            "Runs the embedded Daytona-compatible platform alone, for any Daytona client, until Ctrl-C.";

    private final Invocation invocation;

    @Option(
            names = "--substrate",
            paramLabel = "NAME",
            defaultValue = "auto",
            description = "namespace, docker, simulated or auto (the default: namespace)")
    private PlatformOptions.LocalSubstrate substrate = PlatformOptions.LocalSubstrate.AUTO;

    @Mixin
    private DockerSettings docker = new DockerSettings();

    @Option(names = "--port", defaultValue = "0", description = "port on loopback; default: any that is free")
    private int port;

    @Option(
            names = "--key-variable",
            paramLabel = "NAME",
            defaultValue = "SANDFLOCK_LOCAL_KEY",
            description =
                    "environment variable with the key that clients need; default: SANDFLOCK_LOCAL_KEY; a random key when it "
                            + "is not set. Not an option itself: other users of this machine can see a process's arguments")
    private String keyVariable = "";

    @Option(names = "--json", description = "print URL and key as JSON")
    private boolean json;

    LocalCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        Interruption interruption = Interruption.watch(
                invocation.terminal(),
                "deleting every sandbox",
                () -> "left at once; the next start sweeps what is left");
        Mono.usingWhen(
                        LocalPlatform.start(options()),
                        platform -> Mono.fromRunnable(() -> announce(platform)).then(interruption.requested()),
                        LocalPlatform::closeLater)
                .block();
        return interruption.exitCodeOr(ExitCode.DONE);
    }

    private LocalOptions options() {
        if (port < 0 || port > 65_535) {
            throw new InvalidInputException("--port", "was " + port + "; expected 0 to 65535");
        }
        Substrate chosen = PlatformOptions.substrate(substrate, docker, invocation.environment());
        LocalOptions options = LocalOptions.of(chosen).withPort(port);
        String key = invocation.environment().getOrDefault(keyVariable, "");
        return key.isBlank() ? options : options.withKey(Secret.of(key.strip()));
    }

    private void announce(LocalPlatform platform) {
        Substrate running = platform.options().substrate();
        if (json) {
            Map<String, Object> address = new LinkedHashMap<>();
            address.put("url", platform.url().toString());
            address.put("key", platform.key().reveal());
            address.put("substrate", running.name());
            address.put("isolation", running.isolation());
            invocation.printJson(address);
        } else {
            invocation.terminal().out().println("export DAYTONA_API_URL=" + platform.url());
            invocation
                    .terminal()
                    .out()
                    .println("export DAYTONA_API_KEY=" + platform.key().reveal());
        }
        invocation.terminal().out().flush();
        invocation.say("substrate " + running.name() + ": " + running.isolation());
        invocation.say("running until Ctrl-C");
    }
}
