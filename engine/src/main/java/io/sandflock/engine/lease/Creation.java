/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.IntentLog.Transition;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.Sandboxes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;

/**
 * Creates one sandbox, or finds out what became of a create whose outcome is open. The name is the idempotency key, and the
 * platform's unique index on names the authority: the same request once more either creates the sandbox or says that it
 * exists. A look-up by name alone proves nothing, since the platform may remember "not found" for a minute.
 */
final class Creation {

    /** A sandbox that came up dead is replaced by one under a new name this often. */
    private static final int NAMES = 2;

    private static final Backoff RECONCILE = Backoff.endless(Duration.ofMillis(250), Duration.ofSeconds(5));
    private static final Backoff TWIN = new Backoff(3, Duration.ofMillis(100), Duration.ofSeconds(1));
    private static final Backoff LOOK_UP = Backoff.endless(Duration.ofMillis(250), Duration.ofSeconds(2));

    private final Sandboxes sandboxes;
    private final Pacer pacer;
    private final Deletion deletion;
    private final LeaseSettings settings;
    private final Time time;

    Creation(Sandboxes sandboxes, Pacer pacer, Deletion deletion, LeaseSettings settings, Time time) {
        this.sandboxes = sandboxes;
        this.pacer = pacer;
        this.deletion = deletion;
        this.settings = settings;
        this.time = time;
    }

    /**
     * Never errors, and must never be cancelled: what it emits is the only trace of what was created.
     *
     * @param closing completes when the sandbox is no longer wanted; ends the wait for the request's turn
     * @param closed the same, as of now
     */
    Mono<Acquired> create(LeaseRequest request, IntentLog log, Mono<Void> closing, BooleanSupplier closed) {
        return new Course(request, log, closing, closed).under(1);
    }

    /** The sandbox of this name, when it is the one asked for; errors with NOT_FOUND or CONFLICT. */
    Mono<SandboxInfo> find(CreateSandbox asked) {
        return sandboxes
                .get(asked.name())
                .timeout(settings.call(), timedOut("look-up", asked.name()), time.scheduler())
                .flatMap(found -> isOurs(found, asked) ? Mono.just(found) : Mono.error(foreign(asked)));
    }

    /**
     * What there is of this request, by name and, since the platform may remember "not found" of a name, by its labels; empty when
     * there is nothing. Errors when the platform does not say.
     */
    Mono<SandboxInfo> findAnywhere(CreateSandbox asked) {
        return find(asked)
                .onErrorResume(
                        error -> is(error, ErrorCode.NOT_FOUND),
                        error -> sandboxes
                                .list(Labels.timeless(asked.labels()))
                                .filter(found -> isOurs(found, asked))
                                .next()
                                .timeout(settings.call(), timedOut("list", asked.name()), time.scheduler()))
                .onErrorResume(error -> is(error, ErrorCode.CONFLICT), error -> Mono.empty());
    }

    /**
     * Like {@link #find}, but "not found" is not believed until it was said for {@link LeaseSettings#adopt()}. Errors with NOT_FOUND
     * then, and with TIMEOUT when the platform gave no answer within the deadline.
     */
    Mono<SandboxInfo> findInsistently(CreateSandbox asked, Duration deadline) {
        return Mono.defer(() -> {
            AtomicLong firstAnswer = new AtomicLong(Long.MIN_VALUE);
            return find(asked)
                    .onErrorMap(error -> is(error, ErrorCode.NOT_FOUND), error -> doubted(error, firstAnswer))
                    .retryWhen(LOOK_UP.on(time))
                    .timeout(deadline, timedOut("look-up", asked.name()), time.scheduler());
        });
    }

    private Throwable doubted(Throwable notFound, AtomicLong firstAnswer) {
        firstAnswer.compareAndSet(Long.MIN_VALUE, time.nanos());
        boolean believed = time.since(firstAnswer.get()).compareTo(settings.adopt()) >= 0;
        return believed
                ? notFound
                : new TransientException(
                        ErrorCode.NOT_FOUND, "the sandbox is not to be found yet", ErrorContext.NONE, notFound);
    }

    private static boolean isOurs(SandboxInfo found, CreateSandbox asked) {
        return found.name().equals(asked.name())
                && found.labels()
                        .entrySet()
                        .containsAll(Labels.timeless(asked.labels()).entrySet());
    }

    private static PermanentException foreign(CreateSandbox asked) {
        return new PermanentException(
                ErrorCode.CONFLICT,
                "a sandbox of this name exists and carries other labels than this run's; it was left alone",
                ErrorContext.NONE.withSandbox(asked.name()));
    }

    static <T> Mono<T> timedOut(String what, String sandbox) {
        return Mono.error(() -> new TransientException(
                ErrorCode.TIMEOUT,
                "the " + what + " was not answered in time",
                ErrorContext.NONE.withSandbox(sandbox),
                null));
    }

    static boolean is(Throwable error, ErrorCode code) {
        return error instanceof SandflockException known && known.code() == code;
    }

    /** @param isAnswer whether a create was answered with it; otherwise it was found */
    private record There(SandboxInfo sandbox, boolean isAnswer) {}

    /** One create: a name, maybe a second one. */
    private final class Course {

        private final LeaseRequest request;
        private final IntentLog log;
        private final Mono<Void> closing;
        private final BooleanSupplier closed;

        Course(LeaseRequest request, IntentLog log, Mono<Void> closing, BooleanSupplier closed) {
            this.request = request;
            this.log = log;
            this.closing = closing;
            this.closed = closed;
        }

        Mono<Acquired> under(int number) {
            return Mono.firstWithSignal(pacer.turn(), closing)
                    .timeout(request.createTimeout(), Mono.error(this::paused), time.scheduler())
                    .then(Mono.defer(
                            () -> intend(request.create().apply(request.names().get()), number)))
                    .onErrorResume(Course::none);
        }

        private Mono<Acquired> intend(CreateSandbox asked, int number) {
            if (closed.getAsBoolean()) {
                return none(new PermanentException(ErrorCode.CANCELLED, "no longer wanted", ErrorContext.NONE));
            }
            return log.intent(asked.name(), asked.labels())
                    // What send() signals is never an error: where one comes out, nothing was sent.
                    .then(Mono.defer(() -> send(asked, number)));
        }

        private HeldException paused() {
            return new HeldException(new TransientException(
                    ErrorCode.RATE_LIMITED,
                    "the platform asked to wait for longer than "
                            + request.createTimeout().toSeconds() + " s",
                    ErrorContext.NONE,
                    null));
        }

        private Mono<Acquired> send(CreateSandbox asked, int number) {
            return pacer.learning(call(asked))
                    .<Acquired>map(made -> got(asked, made, Transition.CREATED))
                    .onErrorResume(error -> afterError(asked, error, number))
                    .onErrorResume(error -> unknown(asked, error));
        }

        private Mono<SandboxInfo> call(CreateSandbox asked) {
            return sandboxes
                    .create(asked)
                    .timeout(settings.createCall(), timedOut("create", asked.name()), time.scheduler())
                    .switchIfEmpty(Mono.error(() -> new TransientException(
                            ErrorCode.PLATFORM_ERROR,
                            "the create was answered with nothing",
                            ErrorContext.NONE,
                            null)));
        }

        private Mono<Acquired> afterError(CreateSandbox asked, Throwable error, int number) {
            if (is(error, ErrorCode.CONFLICT)) {
                return adopt(asked, number);
            }
            if (error instanceof TransientException refusal && isRefusal(refusal)) {
                return refused(asked, refusal, number);
            }
            if (error instanceof TransientException || is(error, ErrorCode.START_FAILED)) {
                return reconcile(asked, error, number);
            }
            if (error instanceof SandflockException refusal) {
                log.transition(asked.name(), Transition.FAILED, refusal.code().name());
                return none(refusal);
            }
            return unknown(asked, error);
        }

        /**
         * A proxy may have delivered the request twice, and the platform have carried out the one that it did not refuse. Looked for
         * before its sample is held: the sandbox that nobody was told of would stand beside as many as are allowed, until its sample
         * asks again.
         */
        private Mono<Acquired> refused(CreateSandbox asked, TransientException refusal, int number) {
            return find(asked)
                    .retryWhen(TWIN.on(time, error -> error.code() != ErrorCode.RATE_LIMITED))
                    .map(Optional::of)
                    .timeout(request.createTimeout(), Mono.just(Optional.empty()), time.scheduler())
                    // Also when the platform does not say: what there is, is found when it is asked for again.
                    .onErrorResume(notFound -> Mono.just(Optional.empty()))
                    .flatMap(twin -> twin.map(found -> use(asked, new There(found, false), number))
                            .orElseGet(() -> {
                                log.transition(
                                        asked.name(),
                                        Transition.FAILED,
                                        refusal.code().name());
                                return none(new HeldException(refusal, asked.name()));
                            }));
        }

        /** The time is that of finding out alone: what is deleted then, and what is asked for in its place, has its own. */
        private Mono<Acquired> reconcile(CreateSandbox asked, Throwable cause, int number) {
            log.transition(asked.name(), Transition.UNKNOWN, codeOf(cause));
            return pacer.pace(call(asked))
                    .map(made -> new There(made, true))
                    .onErrorResume(error -> is(error, ErrorCode.CONFLICT), error -> adopted(asked))
                    // The first create may hold the very quota that refuses the second.
                    .onErrorResume(error -> is(error, ErrorCode.QUOTA_EXCEEDED), error -> adoptedIfThere(asked, error))
                    .retryWhen(RECONCILE.on(time))
                    .map(Optional::of)
                    .timeout(request.createTimeout(), Mono.just(Optional.empty()), time.scheduler())
                    .flatMap(there ->
                            there.map(known -> use(asked, known, number)).orElseGet(() -> unknown(asked, cause)));
        }

        private Mono<Acquired> adopt(CreateSandbox asked, int number) {
            return adopted(asked).flatMap(found -> use(asked, found, number));
        }

        private Mono<There> adopted(CreateSandbox asked) {
            return findInsistently(asked, request.createTimeout()).map(found -> new There(found, false));
        }

        private Mono<There> adoptedIfThere(CreateSandbox asked, Throwable quota) {
            return find(asked)
                    .onErrorResume(error -> is(error, ErrorCode.NOT_FOUND), error -> Mono.error(quota))
                    .map(found -> new There(found, false));
        }

        private Mono<Acquired> use(CreateSandbox asked, There there, int number) {
            SandboxInfo sandbox = there.sandbox();
            if (there.isAnswer() || !sandbox.state().isDeadEnd()) {
                return Mono.just(got(asked, sandbox, there.isAnswer() ? Transition.CREATED : Transition.ADOPTED));
            }
            // Deleted by id: another sandbox may have the name by now.
            return deletion.delete(sandbox.id(), sandbox.name(), log)
                    .then(Mono.defer(() -> number < NAMES ? under(number + 1) : none(Readiness.startFailed(sandbox))));
        }

        private Acquired got(CreateSandbox asked, SandboxInfo sandbox, Transition how) {
            log.transition(asked.name(), how, sandbox.id());
            return new Acquired.Got(sandbox);
        }

        private static Mono<Acquired> none(Throwable cause) {
            return Mono.just(new Acquired.None(cause));
        }

        private Mono<Acquired> unknown(CreateSandbox asked, Throwable cause) {
            if (is(cause, ErrorCode.CONFLICT)) {
                // The name is taken by a sandbox that is not ours: ours does not exist.
                log.transition(asked.name(), Transition.FAILED, ErrorCode.CONFLICT.name());
                return none(cause);
            }
            log.transition(asked.name(), Transition.UNKNOWN, codeOf(cause));
            return Mono.just(new Acquired.Unknown(asked.name(), cause));
        }

        private static String codeOf(Throwable cause) {
            return cause instanceof SandflockException known
                    ? known.code().name()
                    : cause.getClass().getSimpleName();
        }

        private static boolean isRefusal(TransientException error) {
            return error.code() == ErrorCode.RATE_LIMITED || error.code() == ErrorCode.QUOTA_EXCEEDED;
        }
    }
}
