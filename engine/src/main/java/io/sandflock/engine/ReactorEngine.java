/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Engine;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sandbox;
import io.sandflock.SandboxRequest;
import io.sandflock.engine.lease.Cleanup;
import io.sandflock.engine.lease.LeftOver;
import io.sandflock.engine.limit.Announcement;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.PlatformInfo;
import io.sandflock.engine.run.Remains;
import io.sandflock.engine.run.Run;
import io.sandflock.engine.run.RunHead;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The engine on Reactor. Holds no thread; what it starts by itself is waited for by {@link #closeLater()}. */
final class ReactorEngine implements Engine {

    private static final String CLOSED = "the engine was closed";
    private static final Backoff FIRST_CALL = new Backoff(3, Duration.ofMillis(250), Duration.ofSeconds(2));

    private final Engineering engineering;
    private final Duration closeDeadline;
    private final SandboxLoan loan;
    private final Cleanup cleanup;
    private final Set<Run> runs = ConcurrentHashMap.newKeySet();
    private final Announcement<String> closing = new Announcement<>();

    ReactorEngine(Engineering engineering, Cleanup cleanup, Duration closeDeadline) {
        this.cleanup = cleanup;
        this.engineering = engineering;
        this.closeDeadline = closeDeadline;
        this.loan =
                new SandboxLoan(engineering, closing.heard(), engineering.time().hex(12));
    }

    @Override
    public <T> Mono<T> withSandbox(SandboxRequest request, Function<? super Sandbox, ? extends Mono<? extends T>> use) {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(use, "use");
        return loan.use(request, use);
    }

    @Override
    public Flux<RunEvent> run(RunSpec spec) {
        return run(spec, false);
    }

    @Override
    public Flux<RunEvent> resume(RunSpec spec) {
        return run(spec, true);
    }

    private Flux<RunEvent> run(RunSpec spec, boolean resumed) {
        Objects.requireNonNull(spec, "spec");
        // The first call also finds out, once and for all samples, whether there is a platform.
        return Mono.defer(() -> engineering.platform().info())
                .retryWhen(FIRST_CALL.on(engineering.time()))
                .doOnNext(engineering::expect)
                .flatMapMany(platform -> events(spec, resumed, platform));
    }

    private Flux<RunEvent> events(RunSpec spec, boolean resumed, PlatformInfo info) {
        Platform platform = engineering.platform();
        RunHead head = new RunHead(
                engineering.time().hex(12), engineering.time().now(), platform.url(), info.version(), version());
        Remains remains = new Remains(cleanup, engineering.leases(), engineering.time());
        Run run = new Run(
                head,
                spec,
                resumed,
                new SamplePipeline(engineering),
                engineering.creates(),
                engineering.leases().vacancy(),
                remains,
                engineering.time());
        // Known before it is looked whether the engine is closed: closeLater() waits for it, or it stops itself.
        runs.add(run);
        return run.events().doOnSubscribe(subscription -> stopWhenClosed(run));
    }

    private void stopWhenClosed(Run run) {
        // Owned by the run: both end with it.
        closing.heard().takeUntilOther(run.ended()).subscribe(run::stop);
        run.ended().subscribe(ignored -> {}, ignored -> {}, () -> runs.remove(run));
    }

    private static String version() {
        String version = ReactorEngine.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public int liveSandboxes() {
        return engineering.leases().live();
    }

    @Override
    public Mono<Void> closeLater() {
        return Mono.fromRunnable(this::stopAll)
                .then(Mono.defer(this::allEnded))
                .timeout(closeDeadline, Mono.empty(), engineering.time().scheduler())
                .then(Mono.defer(() -> engineering.platform().closeLater()))
                .then(Mono.defer(this::nothingLeft));
    }

    private void stopAll() {
        engineering.leases().close();
        closing.say(CLOSED);
    }

    private Mono<Void> allEnded() {
        return Flux.fromIterable(List.copyOf(runs))
                .flatMap(Run::ended, Integer.MAX_VALUE, 1)
                .then(engineering.leases().idle())
                .then(engineering.leases().lastLooks());
    }

    /** What was to be kept is there as it was asked for. */
    private Mono<Void> nothingLeft() {
        List<LeftOver> left = engineering.leases().leftOver();
        int live = engineering.leases().live() - engineering.leases().kept().size();
        if (live == 0) {
            return Mono.empty();
        }
        String names = left.stream().map(LeftOver::toString).collect(Collectors.joining("; "));
        int unfinished = live - left.size();
        return Mono.error(() -> new PermanentException(
                ErrorCode.PLATFORM_ERROR,
                live + (live == 1 ? " sandbox is left" : " sandboxes are left")
                        + (unfinished == 0
                                ? ""
                                : ", " + unfinished + " of them still being deleted after " + closeDeadline.toSeconds()
                                        + " s: "
                                        + String.join(", ", engineering.leases().openNames()))
                        + (names.isEmpty() ? "" : ": " + names)
                        + "; remove them with 'sandflock cleanup'",
                ErrorContext.NONE));
    }
}
