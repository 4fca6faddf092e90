/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.Engine;
import io.sandflock.SandflockException;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.lease.Cleanup;
import io.sandflock.engine.lease.LeaseSettings;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.platform.Platform;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A platform, and an engine on it, for the time of one command.
 *
 * @param owner whose sandboxes these are
 * @param platform the platform, embedded or hosted
 * @param engine the engine on it
 * @param local the embedded platform, when it is that
 * @param interruption whether a signal asked to stop
 */
record Session(
        String owner, Platform platform, Engine engine, Optional<LocalPlatform> local, Interruption interruption) {

    /**
     * Opens a platform, works, and closes everything, also when a signal stops the work. Blocks: this is the edge of the program.
     *
     * @return the exit code
     */
    static int use(Invocation invocation, PlatformOptions options, Function<Session, Mono<Integer>> work) {
        return conduct(
                invocation,
                options,
                "giving up what is under way",
                session -> work.apply(session)
                        .takeUntilOther(session.interruption().requested()));
    }

    /** What this gives, without a platform. Blocks: this is the edge of the program. */
    static <T> Optional<T> await(Mono<T> work) {
        return work.blockOptional();
    }

    /**
     * As {@link #use}, for work that looks after signals itself.
     *
     * @param stopping what the first signal begins
     */
    static int conduct(
            Invocation invocation, PlatformOptions options, String stopping, Function<Session, Mono<Integer>> work) {
        Interruption interruption = Interruption.watch(
                invocation.terminal(), stopping, () -> "left at once; remove what is left with: sandflock cleanup");
        AtomicBoolean left = new AtomicBoolean();
        Integer code = Mono.usingWhen(
                        open(invocation, options, interruption),
                        work,
                        session -> session.closeLater(error -> {
                            left.set(true);
                            invocation.say(invocation.terminal().red("error") + " "
                                    + Table.printable(String.valueOf(error.getMessage())));
                        }))
                .block();
        return left.get() ? ExitCode.INCOMPLETE : interruption.exitCodeOr(code == null ? ExitCode.DONE : code);
    }

    /** @param everybody whether other people's sandboxes are meant too */
    Cleanup cleanup(boolean everybody) {
        return everybody
                ? Cleanup.ofEverybody(platform, LeaseSettings.defaults(), Time.system())
                : Cleanup.on(platform, owner, LeaseSettings.defaults(), Time.system());
    }

    /** @param left is told what the engine could not release; the platform is closed all the same */
    private Mono<Void> closeLater(Consumer<SandflockException> left) {
        return engine.closeLater()
                .onErrorResume(SandflockException.class, error -> Mono.fromRunnable(() -> left.accept(error)))
                .then(Mono.defer(() -> local.map(LocalPlatform::closeLater).orElseGet(Mono::empty)));
    }

    private static Mono<Session> open(Invocation invocation, PlatformOptions options, Interruption interruption) {
        Map<String, String> environment = invocation.environment();
        PlannerSettings planner = options.planner(environment);
        return options.hosted(environment)
                .map(hosted -> Mono.fromSupplier(() -> hosted(invocation, hosted, planner, interruption)))
                .orElseGet(() -> embedded(invocation, options.substrate(environment), planner, interruption));
    }

    private static Session hosted(
            Invocation invocation, DaytonaSettings settings, PlannerSettings planner, Interruption interruption) {
        invocation.say("platform: Daytona at " + settings.url());
        Platform platform = invocation.ahead().platform(settings);
        return of(invocation, platform, Optional.empty(), planner, interruption);
    }

    private static Mono<Session> embedded(
            Invocation invocation, Substrate substrate, PlannerSettings planner, Interruption interruption) {
        // The platform answers on an event loop, and making an engine loads classes and resources.
        return LocalPlatform.start(LocalOptions.of(substrate))
                .publishOn(Schedulers.boundedElastic())
                .map(local -> {
                    String why = invocation
                                    .environment()
                                    .getOrDefault("DAYTONA_API_KEY", "")
                                    .isBlank()
                            ? "DAYTONA_API_KEY is not set"
                            : "--local";
                    invocation.say("platform: embedded on this machine (" + why + "), substrate " + substrate.name());
                    invocation.say(invocation.terminal().faint("isolation: " + substrate.isolation()));
                    return of(
                            invocation,
                            DaytonaPlatform.create(
                                    DaytonaSettings.of(local.key()).withUrl(local.url())),
                            Optional.of(local),
                            planner,
                            interruption);
                });
    }

    private static Session of(
            Invocation invocation,
            Platform platform,
            Optional<LocalPlatform> local,
            PlannerSettings planner,
            Interruption interruption) {
        String owner = Owner.of(invocation.environment());
        Engine engine = Sandflock.on(platform).owner(owner).planner(planner).build();
        return new Session(owner, platform, engine, local, interruption);
    }
}
