/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.TransientException;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.BuildContexts;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.PlatformInfo;
import io.sandflock.engine.platform.RequestMeter;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Sandboxes;
import io.sandflock.engine.platform.Snapshots;
import io.sandflock.engine.platform.StateEvents;
import io.sandflock.engine.platform.Toolbox;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A platform in memory, with scripted delays and faults. What was sent takes effect whether or not the caller still waits, as
 * on a real one. Everything that happened is counted.
 */
public final class FakePlatform implements Platform {

    /** What becomes of one call. */
    public enum Fault {
        NONE,
        /** No effect; the connection broke. */
        LOST_REQUEST,
        /** It took effect; the answer was lost. */
        LOST_ANSWER,
        /** It took effect; no answer ever comes. */
        HANGS,
        /** The connection broke; it takes effect all the same, a minute later. */
        LATE,
        /** No effect: 429. */
        RATE_LIMITED,
        /** It took effect and its answer was lost; a proxy sent it again, and that was refused with 429. */
        REPLAYED_INTO_RATE_LIMIT,
        /** No effect: the quota. */
        QUOTA,
        /** Created, and answered that it failed to start; it is in an error state. */
        START_FAILED,
        /** Created and answered; dies while it starts. */
        DIES,
        /** No effect: 409, a state change. */
        STATE_CHANGE,
        /** No effect: 403. */
        FORBIDDEN,
        /** No effect: 400. */
        REFUSED
    }

    private static final class Box {
        final String id;
        final CreateSandbox request;
        SandboxState state;
        Optional<String> reason = Optional.empty();
        Map<String, String> labels;
        boolean deletedWhenStopped;

        Box(String id, CreateSandbox request, SandboxState state) {
            this.id = id;
            this.request = request;
            this.state = state;
            this.labels = request.labels();
            this.deletedWhenStopped = request.intervals().autoDelete().orElse(-1) == 0;
        }

        SandboxInfo info() {
            return new SandboxInfo(
                    id,
                    request.name(),
                    state,
                    state.wire(),
                    reason,
                    labels,
                    Optional.empty(),
                    "local",
                    "daytona",
                    1,
                    1,
                    Optional.empty(),
                    Optional.empty());
        }
    }

    private final Time time;
    private final Map<String, Box> boxes = new HashMap<>();
    private final Map<String, Integer> createdByName = new HashMap<>();
    private final Map<String, Sinks.Many<StateEvents.Change>> events = new HashMap<>();
    private final Map<String, SnapshotInfoBox> snapshots = new HashMap<>();
    private final List<String> calls = new ArrayList<>();
    private final java.util.concurrent.atomic.AtomicLong latest = new java.util.concurrent.atomic.AtomicLong();
    private int created = 0;
    private int most = 0;
    private boolean twiceAlive = false;

    public volatile Function<String, Fault> faults = operation -> Fault.NONE;
    public volatile Supplier<Duration> latency = () -> Duration.ZERO;
    public volatile Supplier<Duration> startTime = () -> Duration.ZERO;
    public volatile boolean startedAtOnce = false;
    public volatile boolean eventsUp = true;
    public volatile boolean listsForbidden = false;
    public volatile int quota = Integer.MAX_VALUE;
    public volatile Duration retryAfter = Duration.ofSeconds(2);

    public FakePlatform(Time time) {
        this.time = time;
    }

    private static final class SnapshotInfoBox {
        Snapshots.State state;

        SnapshotInfoBox(Snapshots.State state) {
            this.state = state;
        }
    }

    // ---- what happened

    public synchronized int live() {
        return boxes.size();
    }

    /** By how much a call took effect later than it was scripted to: on a starved machine, later than its caller waited. */
    public Duration latest() {
        return Duration.ofNanos(latest.get());
    }

    public synchronized int created() {
        return created;
    }

    /** The most sandboxes that were there at once. */
    public synchronized int most() {
        return most;
    }

    /** Names that were created more than once, and whether a sample had two living sandboxes at once. */
    public synchronized List<String> createdTwice() {
        List<String> twice = new ArrayList<>(createdByName.entrySet().stream()
                .filter(entry -> entry.getValue() > 1)
                .map(Map.Entry::getKey)
                .toList());
        if (twiceAlive) {
            twice.add("a sample had two living sandboxes");
        }
        return twice;
    }

    public synchronized List<String> calls(String operation) {
        return calls.stream().filter(call -> call.startsWith(operation + " ")).toList();
    }

    public synchronized List<Map<String, String>> labels() {
        return boxes.values().stream().map(box -> box.labels).toList();
    }

    public synchronized List<String> names() {
        return boxes.values().stream().map(box -> box.request.name()).toList();
    }

    public synchronized boolean isStarted(String id) {
        Box box = boxes.get(id);
        return box != null && box.state == SandboxState.STARTED;
    }

    // ---- what a test does to it

    /** A sandbox of somebody else's. */
    public synchronized void occupy(CreateSandbox request) {
        boxes.put("foreign", new Box("foreign", request, SandboxState.STARTED));
    }

    public synchronized void snapshot(String name, Snapshots.State state) {
        snapshots.put(name, new SnapshotInfoBox(state));
    }

    public void kill(String id) {
        change(id, SandboxState.ERROR, "out of memory");
    }

    private void change(String id, SandboxState state, String reason) {
        Sinks.Many<StateEvents.Change> sink;
        synchronized (this) {
            Box box = boxes.get(id);
            if (box == null) {
                return;
            }
            box.state = state;
            box.reason = reason.isEmpty() ? Optional.empty() : Optional.of(reason);
            sink = events.get(id);
        }
        if (sink != null && eventsUp) {
            sink.tryEmitNext(new StateEvents.Change(state));
        }
    }

    // ---- the mechanics

    private <T> Mono<T> call(String operation, String what, Function<Fault, T> effect) {
        return Mono.deferContextual(context -> {
            RequestMeter.count(context);
            synchronized (this) {
                calls.add(operation + " " + what);
            }
            Fault fault = faults.apply(operation);
            Sinks.One<T> answer = Sinks.one();
            long sent = time.nanos();
            Duration wait = fault == Fault.LATE ? Duration.ofSeconds(60) : latency.get();
            if (fault == Fault.LATE) {
                answer.tryEmitError(error(ErrorCode.UNREACHABLE, operation + ": connection reset"));
            }
            // Takes place on the platform, whatever becomes of the caller.
            time.scheduler()
                    .schedule(
                            () -> {
                                latest.accumulateAndGet(time.nanos() - sent - wait.toNanos(), Math::max);
                                take(fault, operation, effect, answer);
                            },
                            wait.toNanos(),
                            TimeUnit.NANOSECONDS);
            return answer.asMono();
        });
    }

    private <T> void take(Fault fault, String operation, Function<Fault, T> effect, Sinks.One<T> answer) {
        switch (fault) {
            case LOST_REQUEST -> answer.tryEmitError(error(ErrorCode.UNREACHABLE, operation + ": connection reset"));
            case RATE_LIMITED ->
                answer.tryEmitError(new TransientException(
                        ErrorCode.RATE_LIMITED, "too many requests", ErrorContext.NONE, retryAfter, null));
            case QUOTA -> answer.tryEmitError(error(ErrorCode.QUOTA_EXCEEDED, "Total CPU limit exceeded"));
            case STATE_CHANGE -> answer.tryEmitError(error(ErrorCode.CONFLICT, "state change in progress"));
            case FORBIDDEN ->
                answer.tryEmitError(new PermanentException(ErrorCode.UNAUTHORIZED, "forbidden", ErrorContext.NONE));
            case REFUSED ->
                answer.tryEmitError(new PermanentException(ErrorCode.INVALID_INPUT, "bad request", ErrorContext.NONE));
            default -> {
                T result;
                try {
                    result = effect.apply(fault);
                } catch (RuntimeException e) {
                    answer.tryEmitError(e);
                    return;
                }
                if (fault == Fault.LOST_ANSWER) {
                    answer.tryEmitError(error(ErrorCode.PLATFORM_ERROR, operation + ": an empty 502"));
                } else if (fault == Fault.REPLAYED_INTO_RATE_LIMIT) {
                    answer.tryEmitError(error(ErrorCode.RATE_LIMITED, "too many requests"));
                } else if (fault == Fault.START_FAILED) {
                    answer.tryEmitError(error(ErrorCode.START_FAILED, "Sandbox failed to start"));
                } else if (fault != Fault.HANGS) {
                    answer.tryEmitValue(result);
                }
            }
        }
    }

    private static TransientException error(ErrorCode code, String reason) {
        return new TransientException(code, reason, ErrorContext.NONE, null);
    }

    private static PermanentException notFound(String what) {
        return new PermanentException(ErrorCode.NOT_FOUND, what + " not found", ErrorContext.NONE);
    }

    private SandboxInfo make(CreateSandbox request, Fault fault) {
        Box box;
        synchronized (this) {
            if (boxes.values().stream().anyMatch(other -> other.request.name().equals(request.name()))) {
                throw error(ErrorCode.CONFLICT, "Sandbox with name " + request.name() + " already exists");
            }
            if (boxes.size() >= quota) {
                throw error(ErrorCode.QUOTA_EXCEEDED, "Total CPU limit exceeded. Maximum allowed: " + quota);
            }
            created++;
            createdByName.merge(request.name(), 1, Integer::sum);
            twiceAlive |= boxes.values().stream()
                    .anyMatch(other -> !other.state.isDeadEnd() && isSameSample(other.request, request));
            SandboxState state = fault == Fault.START_FAILED
                    ? SandboxState.ERROR
                    : startedAtOnce ? SandboxState.STARTED : SandboxState.CREATING;
            box = new Box("id-" + created, request, state);
            boxes.put(box.id, box);
            most = Math.max(most, boxes.size());
            if (state == SandboxState.CREATING) {
                SandboxState then = fault == Fault.DIES ? SandboxState.ERROR : SandboxState.STARTED;
                time.scheduler()
                        .schedule(
                                () -> change(box.id, then, then == SandboxState.ERROR ? "no runner" : ""),
                                startTime.get().toNanos(),
                                TimeUnit.NANOSECONDS);
            }
            return box.info();
        }
    }

    private static boolean isSameSample(CreateSandbox one, CreateSandbox other) {
        return !one.labels().getOrDefault("sandflock_sample", "").isEmpty()
                && List.of("inspect_run_id", "sandflock_sample", "sandflock_epoch").stream()
                        .allMatch(label ->
                                one.labels().get(label).equals(other.labels().get(label)));
    }

    private synchronized SandboxInfo find(String idOrName) {
        return boxes.values().stream()
                .filter(box -> box.id.equals(idOrName) || box.request.name().equals(idOrName))
                .findFirst()
                .orElseThrow(() -> notFound(idOrName))
                .info();
    }

    private Box box(String idOrName) {
        return boxes.values().stream()
                .filter(box -> box.id.equals(idOrName) || box.request.name().equals(idOrName))
                .findFirst()
                .orElseThrow(() -> notFound(idOrName));
    }

    /** What is stopped and to be deleted then is deleted by the platform itself, ten seconds later. */
    private synchronized SandboxInfo stopped(String idOrName) {
        Box box = box(idOrName);
        box.state = SandboxState.STOPPED;
        if (box.deletedWhenStopped) {
            time.scheduler().schedule(() -> remove(box.id), 10, TimeUnit.SECONDS);
        }
        return box.info();
    }

    private synchronized Map<String, String> relabel(String idOrName, Map<String, String> labels) {
        box(idOrName).labels = labels;
        return labels;
    }

    private synchronized boolean deleteWhenStopped(String idOrName) {
        box(idOrName).deletedWhenStopped = true;
        return true;
    }

    private synchronized boolean remove(String idOrName) {
        // Completes when there is none, as the port says.
        return boxes.values()
                .removeIf(box -> box.id.equals(idOrName) || box.request.name().equals(idOrName));
    }

    @Override
    public URI url() {
        return URI.create("http://fake.invalid/api");
    }

    @Override
    public Mono<PlatformInfo> info() {
        return call("info", "", fault -> new PlatformInfo("fake", Optional.empty()));
    }

    @Override
    public Sandboxes sandboxes() {
        return new Boxes();
    }

    @Override
    public Snapshots snapshots() {
        return new Images();
    }

    @Override
    public BuildContexts buildContexts() {
        return (hash, tar, size) -> Mono.error(new UnsupportedOperationException());
    }

    @Override
    public StateEvents stateEvents() {
        return id -> Flux.defer(() -> {
            synchronized (this) {
                return events.computeIfAbsent(
                                id, ignored -> Sinks.many().multicast().directBestEffort())
                        .asFlux();
            }
        });
    }

    @Override
    public Toolbox toolbox(SandboxInfo sandbox) {
        throw new UnsupportedOperationException("the fake's environments need no toolbox");
    }

    @Override
    public Mono<Void> closeLater() {
        return Mono.empty();
    }

    private final class Boxes implements Sandboxes {

        @Override
        public Mono<SandboxInfo> create(CreateSandbox request) {
            return call("create", request.name(), fault -> make(request, fault));
        }

        @Override
        public Mono<SandboxInfo> get(String idOrName) {
            return call("get", idOrName, fault -> find(idOrName));
        }

        @Override
        public Flux<SandboxInfo> list(Map<String, String> labels) {
            return Flux.defer(() -> {
                synchronized (FakePlatform.this) {
                    calls.add("list ");
                    if (listsForbidden) {
                        return Flux.error(
                                new PermanentException(ErrorCode.UNAUTHORIZED, "forbidden", ErrorContext.NONE));
                    }
                    return Flux.fromIterable(boxes.values().stream()
                            .map(Box::info)
                            .filter(info -> info.labels().entrySet().containsAll(labels.entrySet()))
                            .toList());
                }
            });
        }

        @Override
        public Mono<Void> delete(String idOrName) {
            return call("delete", idOrName, fault -> remove(idOrName)).then();
        }

        @Override
        public Mono<SandboxInfo> start(String idOrName) {
            return call("start", idOrName, fault -> find(idOrName));
        }

        @Override
        public Mono<SandboxInfo> stop(String idOrName, boolean force) {
            return call("stop", idOrName, fault -> stopped(idOrName));
        }

        @Override
        public Mono<Map<String, String>> replaceLabels(String idOrName, Map<String, String> labels) {
            return call("labels", idOrName, fault -> relabel(idOrName, labels));
        }

        @Override
        public Mono<Void> setAutoStop(String idOrName, Duration idle) {
            return call("autostop", idOrName, fault -> idle).then();
        }

        @Override
        public Mono<Void> setAutoDelete(String idOrName, Duration stopped) {
            return call("autodelete", idOrName, fault -> deleteWhenStopped(idOrName))
                    .then();
        }

        @Override
        public Mono<Void> touch(String id) {
            return call("touch", id, fault -> id).then();
        }

        @Override
        public Mono<SshAccess> sshAccess(String idOrName, Duration validFor) {
            return Mono.error(new UnsupportedOperationException());
        }
    }

    private final class Images implements Snapshots {

        private SnapshotInfo info(String name) {
            synchronized (FakePlatform.this) {
                SnapshotInfoBox box = snapshots.get(name);
                if (box == null) {
                    throw notFound("snapshot " + name);
                }
                return new SnapshotInfo(name, name, box.state, box.state.name().toLowerCase(), false, Optional.empty());
            }
        }

        @Override
        public Mono<SnapshotInfo> create(CreateSnapshot request) {
            return Mono.error(new UnsupportedOperationException());
        }

        @Override
        public Mono<SnapshotInfo> get(String idOrName) {
            return call("snapshot", idOrName, fault -> info(idOrName));
        }

        @Override
        public Flux<SnapshotInfo> list() {
            return Flux.error(new UnsupportedOperationException());
        }

        @Override
        public Mono<Void> delete(String id) {
            return Mono.error(new UnsupportedOperationException());
        }

        @Override
        public Mono<SnapshotInfo> activate(String id) {
            return call("activate", id, fault -> {
                snapshot(id, State.PULLING);
                return info(id);
            });
        }

        @Override
        public Flux<String> buildLog(String id) {
            return Flux.empty();
        }
    }
}
