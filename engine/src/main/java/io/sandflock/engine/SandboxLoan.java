/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.RunEvent;
import io.sandflock.Sandbox;
import io.sandflock.SandboxRequest;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.HeldException;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.Lease;
import io.sandflock.engine.lease.LeaseRequest;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.snapshot.ImageMemory;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** One sandbox for one use that knows no end: kept alive while it lasts, deleted after it. */
final class SandboxLoan {

    /** As long as nothing is known of it. */
    private static final Duration ENDLESS = Duration.ofDays(1);

    private static final Backoff HELD = Backoff.endless(Duration.ofSeconds(1), Duration.ofSeconds(15));

    private static final Logger log = LoggerFactory.getLogger("io.sandflock.engine");

    private final Engineering engineering;
    private final Preparation preparation;
    private final Mono<String> closing;
    private final String run;

    /** @param closing emits when the engine is closed */
    SandboxLoan(Engineering engineering, Mono<String> closing, String run) {
        this.engineering = engineering;
        this.preparation = new Preparation(engineering, ImageMemory.none(engineering.time()));
        this.closing = closing;
        this.run = run;
    }

    <T> Mono<T> use(SandboxRequest request, Function<? super Sandbox, ? extends Mono<? extends T>> use) {
        return Mono.defer(() -> {
            Hope hope = new Hope(engineering, request.createTimeout());
            NextName names = engineering.names(request.task(), request.sample());
            // While the platform has no room nothing was used yet, so it may be tried again.
            return Mono.firstWithSignal(closing.<Void>flatMap(SandboxLoan::closed), hope.room())
                    .then(Mono.defer(() -> prepared(request, names, use)
                            .onErrorResume(LostSnapshotException.class, lost -> prepared(request, names, use))))
                    .doOnError(HeldException.class, names::held)
                    // After a quota's refusal it stands in the queue; a rate limit ends for everybody at once.
                    .retryWhen(Retry.indefinitely().filter(error -> isQuota(error) && hope.lasts()))
                    .retryWhen(HELD.on(
                            engineering.time(),
                            error -> error instanceof HeldException && !isQuota(error) && hope.lasts()))
                    // Said for good: whoever borrows in another's sandbox, or for a sample, is not to take it for a
                    // wait.
                    .onErrorMap(HeldException.class, SandboxLoan::given);
        });
    }

    private static TransientException given(HeldException held) {
        return new TransientException(held.code(), held.reason(), held.context(), held);
    }

    private static boolean isQuota(Throwable error) {
        return error instanceof HeldException held && held.code() == ErrorCode.QUOTA_EXCEEDED;
    }

    private <T> Mono<T> prepared(
            SandboxRequest request, NextName names, Function<? super Sandbox, ? extends Mono<? extends T>> use) {
        return preparation
                .of(request.spec(), SandboxLoan::tell)
                .flatMap(prepared -> once(request, names, prepared, use));
    }

    /** Whoever borrows has no ear for events. */
    private static void tell(RunEvent event) {
        if (event instanceof RunEvent.Warning warning) {
            log.warn("{}", warning.message());
        }
    }

    private <T> Mono<T> once(
            SandboxRequest request,
            NextName names,
            Prepared prepared,
            Function<? super Sandbox, ? extends Mono<? extends T>> use) {
        LeaseRequest wish = engineering.request(
                new Engineering.Purpose(run, request.task(), request.sample(), 1, () -> 1, names),
                () -> prepared,
                request.env(),
                request.labels(),
                request.createTimeout(),
                ENDLESS,
                false);
        return Mono.usingWhen(
                Mono.fromSupplier(() -> engineering.leases().lease(wish, IntentLog.NONE)),
                lease -> Mono.firstWithSignal(
                        closing.flatMap(SandboxLoan::closed),
                        lease.ready()
                                .onErrorMap(error -> preparation.lost(prepared, error))
                                .flatMap(info -> used(info, prepared, use))),
                Lease::release,
                (lease, error) -> lease.release(),
                Lease::release);
    }

    private <T> Mono<T> used(
            SandboxInfo info, Prepared prepared, Function<? super Sandbox, ? extends Mono<? extends T>> use) {
        return LiveSandbox.of(info, prepared.plan(), engineering, stage -> {})
                .flatMap(sandbox -> use.apply(sandbox).map(Function.identity()));
    }

    private static <T> Mono<T> closed(String reason) {
        return Mono.error(() -> new PermanentException(ErrorCode.CANCELLED, reason, ErrorContext.NONE));
    }
}
