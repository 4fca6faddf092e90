/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.Substrate;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The state changes of sandboxes. A change that was accepted is carried through whatever becomes of the request that asked for it:
 * its work is subscribed here and owned by the row.
 */
final class SandboxLife {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");

    private final Substrate substrate;
    private final SandboxTable table;
    private final SandboxJson json;
    private final Events events;
    private final Counters counters;
    private final Builds builds;
    /** Ends what is kept of a sandbox whose machine stops. */
    private final Function<String, Mono<Void>> leaving;

    SandboxLife(
            Substrate substrate,
            Builds builds,
            SandboxTable table,
            SandboxJson json,
            Events events,
            Counters counters,
            Function<String, Mono<Void>> leaving) {
        this.substrate = substrate;
        this.table = table;
        this.json = json;
        this.events = events;
        this.counters = counters;
        this.builds = builds;
        this.leaving = leaving;
    }

    /** Inserts a sandbox and starts making its machine. */
    SandboxRow create(CreateRequest request, String snapshot, SandboxRow.Resources resources, List<Fault> faults) {
        SandboxRow row = table.prepare(request, snapshot, resources);
        Mono<Void> before = request.build().isPresent() ? imageBuilt(row) : Mono.empty();
        Mono<Machine> machine = substrate.create(spec(row));
        for (Fault fault : faults) {
            if (fault instanceof Fault.FailedStart failed) {
                machine = Mono.error(new IllegalStateException(failed.reason()));
            } else if (fault instanceof Fault.PendingBuild pending) {
                row.state = State.PENDING_BUILD;
                before = built(row, pending.step());
            } else {
                addOddity(row, fault);
            }
        }
        table.insert(row);
        events.created(() -> json.full(row));
        Mono<Machine> made = before.then(machine);
        synchronized (row) {
            run(row, change -> made.doOnNext(it -> took(row, change, it)).then(), State.STARTED);
        }
        return row;
    }

    /** Starts a stopped sandbox; 409 while something else happens to it, 400 when it cannot be started. */
    void start(SandboxRow row) {
        synchronized (row) {
            refuseWhileChanging(row);
            Machine machine = row.machine;
            if (row.state.isError()) {
                throw ApiException.badRequest("Sandbox is in an errored state");
            }
            if (machine == null || (row.state != State.STOPPED && row.state != State.ARCHIVED)) {
                throw ApiException.badRequest("Sandbox is not in valid state");
            }
            row.desired = "started";
            row.activeAt = table.now();
            change(row, row.state == State.ARCHIVED ? State.RESTORING : State.STARTING);
            run(row, change -> machine.start(), State.STARTED);
        }
    }

    /** Stops a started sandbox, and destroys it when it is ephemeral. */
    void stop(SandboxRow row) {
        synchronized (row) {
            refuseWhileChanging(row);
            Machine machine = row.machine;
            if (machine == null || row.state != State.STARTED) {
                throw ApiException.badRequest("Sandbox is not in a stoppable state");
            }
            row.desired = "stopped";
            change(row, State.STOPPING);
            run(row, change -> leaving.apply(row.id).then(machine.stop()), State.STOPPED);
        }
    }

    /** Archives a stopped sandbox: here it stays where it is, and only its state says so. */
    void archive(SandboxRow row) {
        synchronized (row) {
            refuseWhileChanging(row);
            if (row.state != State.STOPPED) {
                throw ApiException.badRequest("Sandbox is not stopped");
            }
            if (row.isEphemeral()) {
                throw ApiException.badRequest("Ephemeral sandboxes cannot be archived");
            }
            row.desired = "archived";
            change(row, State.ARCHIVED);
        }
    }

    /** Destroys a sandbox; 409 while something else happens to it. Its name is free at once. */
    void delete(SandboxRow row) {
        synchronized (row) {
            if (row.state == State.DESTROYING || row.state == State.DESTROYED) {
                return;
            }
            refuseWhileChanging(row);
            if (row.state == State.PENDING_BUILD) {
                row.cancelChange();
            }
            destroy(row);
        }
    }

    /** Destroys a sandbox in whatever state it is; what is under way is cancelled. Completes when it is gone. */
    Mono<Void> destroyNow(SandboxRow row) {
        synchronized (row) {
            if (row.state != State.DESTROYING && row.state != State.DESTROYED) {
                row.cancelChange();
                destroy(row);
            }
        }
        return row.settled();
    }

    /** Tries again what could not be destroyed. */
    void retryDestroy(SandboxRow row) {
        synchronized (row) {
            if (row.state == State.ERROR && row.desired.equals("destroyed")) {
                destroy(row);
            }
        }
    }

    /** The daemon of a sandbox is gone: the toolbox does not answer any more, and later the platform notices. */
    void daemonDied(SandboxRow row, Duration untilStopped) {
        oddity(row).daemonDead = true;
        // Detached: a scripted fault that outlives the request that set it off; ends by itself.
        Mono.delay(untilStopped).subscribe(tick -> stoppedByItself(row));
    }

    private void destroy(SandboxRow row) {
        table.forgetName(row);
        row.watch.dispose();
        row.desired = "destroyed";
        change(row, State.DESTROYING);
        Machine machine = row.machine;
        run(
                row,
                change -> machine == null ? Mono.empty() : leaving.apply(row.id).then(machine.destroy()),
                State.DESTROYED);
    }

    /** Under the row's lock; the work may end before this returns. */
    private void run(SandboxRow row, Function<SandboxRow.Change, Mono<Void>> work, State goal) {
        SandboxRow.Change change = row.begin();
        change.runs(work.apply(change)
                .subscribe(
                        nothing -> {},
                        error -> ended(row, change, () -> failed(row, error)),
                        () -> ended(row, change, () -> reached(row, goal))));
    }

    private static void ended(SandboxRow row, SandboxRow.Change change, Runnable transition) {
        synchronized (row) {
            if (!row.isCurrent(change)) {
                return;
            }
            row.end();
            transition.run();
        }
        change.release();
    }

    private void reached(SandboxRow row, State goal) {
        if (goal == State.DESTROYED) {
            counters.remember(row);
            table.remove(row);
        }
        change(row, goal);
        if (goal == State.STARTED) {
            watch(row);
        } else if (goal == State.STOPPED && row.isEphemeral()) {
            destroy(row);
        }
    }

    private void failed(SandboxRow row, Throwable error) {
        LOG.warn("sandbox {} failed while {}: {}", row.id, row.state.wire(), String.valueOf(error.getMessage()));
        row.errorReason = String.valueOf(error.getMessage());
        change(row, row.state == State.BUILDING_SNAPSHOT ? State.BUILD_FAILED : State.ERROR);
    }

    /** A machine that comes when nobody wants it any more is destroyed again. */
    private static void took(SandboxRow row, SandboxRow.Change change, Machine machine) {
        synchronized (row) {
            if (row.isCurrent(change)) {
                row.machine = machine;
                return;
            }
        }
        // Detached: its row is gone or going, and the substrate's own close waits for it.
        machine.destroy().subscribe();
    }

    private void watch(SandboxRow row) {
        Machine machine = row.machine;
        if (machine != null) {
            SandboxRow.Oddity oddity = row.oddity;
            if (oddity != null) {
                oddity.daemonDead = false;
            }
            // Owned by the row: replaced at the next start, disposed with the sandbox.
            row.watch.update(machine.died().subscribe(nothing -> {}, error -> {}, () -> stoppedByItself(row)));
        }
    }

    private void stoppedByItself(SandboxRow row) {
        synchronized (row) {
            if (row.state != State.STARTED) {
                return;
            }
            row.desired = "stopped";
            change(row, State.STOPPED);
            if (row.isEphemeral()) {
                destroy(row);
            }
        }
    }

    /** Under the row's lock, so that events come in order. */
    private void change(SandboxRow row, State after) {
        State before = row.state;
        row.state = after;
        row.updatedAt = table.now();
        if (after == State.STOPPED) {
            row.stoppedAt = row.updatedAt;
        }
        if (before != after) {
            events.stateChanged(() -> json.full(row), before, after);
        }
    }

    /** The build that this sandbox waits for, perhaps with others. */
    private Mono<Void> imageBuilt(SandboxRow row) {
        row.state = State.PENDING_BUILD;
        CreateRequest.Build build = row.request.build().orElseThrow();
        ImageSpec image = ImageSpec.built(row.snapshot, build.dockerfile(), build.contextHashes());
        return Mono.fromRunnable(() -> shift(row, State.BUILDING_SNAPSHOT))
                .then(builds.built(image))
                .doOnSuccess(done -> shift(row, State.CREATING));
    }

    private Mono<Void> built(SandboxRow row, Duration step) {
        return Flux.just(State.BUILDING_SNAPSHOT, State.PULLING_SNAPSHOT, State.CREATING)
                .delayElements(step)
                .doOnNext(state -> shift(row, state))
                .then(Mono.delay(step))
                .then();
    }

    private void shift(SandboxRow row, State state) {
        synchronized (row) {
            if (row.desired.equals("started")) {
                change(row, state);
            }
        }
    }

    private void addOddity(SandboxRow row, Fault fault) {
        if (fault instanceof Fault.ListLag lag) {
            oddity(row).listedFrom = table.now().plus(lag.lag());
        } else if (fault instanceof Fault.NameLag lag) {
            oddity(row).namedFrom = table.now().plus(lag.lag());
        } else if (fault instanceof Fault.UnknownState unknown) {
            SandboxRow.Oddity oddity = oddity(row);
            oddity.shownUntil = table.now().plus(unknown.lag());
            oddity.shownState = unknown.state();
        }
    }

    private static SandboxRow.Oddity oddity(SandboxRow row) {
        synchronized (row) {
            SandboxRow.Oddity oddity = row.oddity;
            if (oddity == null) {
                oddity = new SandboxRow.Oddity();
                row.oddity = oddity;
            }
            return oddity;
        }
    }

    private static void refuseWhileChanging(SandboxRow row) {
        if (row.state.isTransition()) {
            throw ApiException.changing();
        }
    }

    private static MachineSpec spec(SandboxRow row) {
        return new MachineSpec(
                row.id,
                row.snapshot,
                row.request.env(),
                row.request.user().orElse("daytona"),
                row.request.networkBlockAll(),
                row.resources.cpu(),
                row.resources.memory(),
                row.resources.disk());
    }
}
