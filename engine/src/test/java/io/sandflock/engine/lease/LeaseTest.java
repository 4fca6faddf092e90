/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ErrorCode;
import io.sandflock.SandflockException;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.testing.FakePlatform;
import io.sandflock.engine.testing.FakePlatform.Fault;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class LeaseTest {

    private static final Map<String, String> OURS = Map.of("inspect_run_id", "abc", "sandflock_attempt", "1");

    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final Time time = Time.of(clock, 1);
    private final FakePlatform platform = new FakePlatform(time);
    private final Leases leases = new Leases(
            platform,
            new Pacer("create", OptionalInt.empty(), time),
            new Pacer("lifecycle", OptionalInt.empty(), time),
            LeaseSettings.defaults(),
            time);
    private final List<String> log = new ArrayList<>();
    private final Deque<Fault> createFaults = new ArrayDeque<>();
    private final Deque<Fault> deleteFaults = new ArrayDeque<>();
    private int names = 0;
    private @Nullable SandboxInfo ready = null;
    private @Nullable Throwable error = null;
    private boolean released = false;

    private final IntentLog journal = new IntentLog() {
        @Override
        public Mono<Void> intent(String name, Map<String, String> labels) {
            log.add("intent " + name + " " + platform.calls("create").size());
            return Mono.empty();
        }

        @Override
        public Mono<Void> started(String name, String id) {
            return Mono.fromRunnable(() -> log.add("STARTED " + name));
        }

        @Override
        public void transition(String name, Transition what, String detail) {
            log.add(what + " " + name);
        }
    };

    LeaseTest() {
        platform.latency = () -> Duration.ofMillis(100);
        platform.startTime = () -> Duration.ofSeconds(2);
        platform.faults = operation -> switch (operation) {
            case "create" -> createFaults.isEmpty() ? Fault.NONE : createFaults.poll();
            case "delete" -> deleteFaults.isEmpty() ? Fault.NONE : deleteFaults.poll();
            default -> Fault.NONE;
        };
    }

    private static CreateSandbox create(String name, Map<String, String> labels) {
        return create(name, labels, 0);
    }

    private static CreateSandbox create(String name, Map<String, String> labels, int autoStop) {
        return new CreateSandbox(
                name,
                new CreateSandbox.Source.Snapshot(null),
                Optional.empty(),
                Map.of(),
                labels,
                false,
                Optional.empty(),
                false,
                Optional.empty(),
                CreateSandbox.Resources.DEFAULT,
                new CreateSandbox.Intervals(
                        java.util.OptionalInt.of(autoStop),
                        java.util.OptionalInt.empty(),
                        java.util.OptionalInt.empty()));
    }

    private Lease lease(boolean keep) {
        return leases.lease(
                new LeaseRequest(
                        () -> "box-" + ++names, name -> create(name, OURS), () -> Duration.ofMinutes(10), keep),
                journal);
    }

    private Disposable await(Lease lease) {
        return lease.ready().subscribe(info -> ready = info, e -> error = e);
    }

    private void release(Lease lease) {
        lease.release().subscribe(ignored -> {}, e -> error = e, () -> released = true);
    }

    private void pass(int seconds) {
        clock.advanceTimeBy(Duration.ofSeconds(seconds));
    }

    private void assertReady(String name) {
        assertThat(error).isNull();
        assertThat(ready).isNotNull();
        assertThat(ready.name()).isEqualTo(name);
        assertThat(ready.state()).isEqualTo(SandboxState.STARTED);
    }

    private void assertGone() {
        assertThat(released).isTrue();
        assertThat(platform.live()).isZero();
        assertThat(leases.live()).isZero();
        assertThat(platform.createdTwice()).isEmpty();
    }

    private void assertError(ErrorCode code) {
        assertThat(error).isInstanceOf(SandflockException.class);
        assertThat(((SandflockException) error).code()).isEqualTo(code);
    }

    @Test
    void aPlainSandboxTakesOneCreateAndOneLook() {
        Lease lease = lease(false);
        await(lease);
        pass(5);
        assertReady("box-1");
        assertThat(platform.calls("create")).hasSize(1);
        assertThat(platform.calls("get").size())
                .as("no event was heard yet, so it is looked at")
                .isBetween(1, 6);
        await(lease(false));
        int looks = platform.calls("get").size();
        pass(5);
        assertThat(platform.calls("get")).as("events are heard now").hasSize(looks + 1);
        release(lease);
        pass(5);
        assertThat(log).containsSubsequence("intent box-1 0", "CREATED box-1", "STARTED box-1", "DELETED box-1");
    }

    @Test
    void aSandboxThatIsStartedAtOnceIsNotLookedAt() {
        platform.startedAtOnce = true;
        await(lease(false));
        pass(1);
        assertReady("box-1");
        assertThat(platform.calls("get")).isEmpty();
    }

    @Test
    void withoutEventsTheStartIsFoundOutByLooks() {
        platform.eventsUp = false;
        await(lease(false));
        pass(5);
        assertReady("box-1");
        assertThat(platform.calls("get").size()).isLessThan(10);
    }

    @Test
    void aCreateWhoseWaiterLeftIsDeletedWhenItsAnswerComes() {
        Lease lease = lease(false);
        await(lease).dispose();
        release(lease);
        assertThat(released).isFalse();
        assertThat(leases.live()).isEqualTo(1);
        pass(5);
        assertThat(platform.created()).isEqualTo(1);
        assertGone();
    }

    @Test
    void aLeaseThatWasReleasedCreatesNothing() {
        Lease lease = lease(false);
        release(lease);
        await(lease);
        pass(5);
        assertThat(error).as("nobody is there to be told").isNull();
        assertThat(ready).isNull();
        assertThat(platform.calls("create")).isEmpty();
        assertGone();
    }

    @Test
    void aLostAnswerIsAskedForUnderTheSameNameAndAdopted() {
        createFaults.add(Fault.LOST_ANSWER);
        Lease lease = lease(false);
        await(lease);
        pass(10);
        assertReady("box-1");
        assertThat(platform.calls("create")).containsExactly("create box-1", "create box-1");
        assertThat(platform.created()).isEqualTo(1);
        assertThat(log).contains("ADOPTED box-1");
        release(lease);
        pass(5);
        assertGone();
    }

    @Test
    void aLostRequestIsSentAgain() {
        createFaults.add(Fault.LOST_REQUEST);
        await(lease(false));
        pass(10);
        assertReady("box-1");
        assertThat(platform.created()).isEqualTo(1);
    }

    @Test
    void aCreateThatHangsIsAdoptedAfterItsTime() {
        createFaults.add(Fault.HANGS);
        await(lease(false));
        pass(59);
        assertThat(ready).isNull();
        pass(10);
        assertReady("box-1");
        assertThat(platform.created()).isEqualTo(1);
    }

    @Test
    void aQuotaThatTheFirstCreateHoldsDoesNotHideIt() {
        platform.quota = 1;
        createFaults.add(Fault.LOST_ANSWER);
        createFaults.add(Fault.QUOTA);
        await(lease(false));
        pass(30);
        assertReady("box-1");
    }

    @Test
    void aSandboxThatFailedToStartIsDeletedAndReplacedUnderANewName() {
        createFaults.add(Fault.START_FAILED);
        Lease lease = lease(false);
        await(lease);
        pass(10);
        assertReady("box-2");
        assertThat(log).containsSubsequence("DELETED box-1", "intent box-2 2", "CREATED box-2");
        release(lease);
        pass(5);
        assertGone();
    }

    /** Once, what was long deleted was doubted again when the time of the first create ran out in the middle of the second. */
    @Test
    void aReplacementThatTakesLongDoesNotMakeTheFirstDoubtful() {
        createFaults.addAll(List.of(Fault.START_FAILED, Fault.NONE, Fault.HANGS));
        Lease lease = leases.lease(
                new LeaseRequest(
                        () -> "box-" + ++names, name -> create(name, OURS), () -> Duration.ofSeconds(20), false),
                journal);
        await(lease);
        pass(30);
        assertError(ErrorCode.TIMEOUT);
        release(lease);
        pass(200);
        assertGone();
        assertThat(log.subList(log.indexOf("DELETED box-1") + 1, log.size()))
                .contains("DELETED box-2")
                .noneMatch(line -> line.contains("box-1"));
    }

    @Test
    void aSandboxThatDiesWhileItStartsSaysWhy() {
        createFaults.add(Fault.DIES);
        Lease lease = lease(false);
        await(lease);
        pass(10);
        assertError(ErrorCode.START_FAILED);
        assertThat(error).hasMessageContaining("no runner");
        release(lease);
        pass(5);
        assertGone();
    }

    @Test
    void aStrangersSandboxOfTheSameNameIsLeftAlone() {
        platform.occupy(create("box-1", Map.of("inspect_run_id", "another")));
        Lease lease = lease(false);
        await(lease);
        pass(70);
        assertError(ErrorCode.CONFLICT);
        release(lease);
        pass(200);
        assertThat(released).isTrue();
        assertThat(platform.live()).isEqualTo(1);
        assertThat(platform.calls("delete")).isEmpty();
        assertThat(leases.live()).isZero();
    }

    @Test
    void aRefusalForWantOfRoomIsNoFailure() {
        createFaults.add(Fault.QUOTA);
        await(lease(false));
        pass(1);
        assertThat(error).isInstanceOf(HeldException.class);
        assertError(ErrorCode.QUOTA_EXCEEDED);
    }

    @Test
    void whatARefusedCreateMadeIsLookedForNoLongerThanACreateMayTake() {
        createFaults.add(Fault.QUOTA);
        Lease lease = leases.lease(
                new LeaseRequest(
                        () -> "box-" + ++names, name -> create(name, OURS), () -> Duration.ofSeconds(30), false),
                journal);
        await(lease);
        // Sent with the usual latency; whatever is asked after it is answered in two minutes.
        platform.latency = () -> Duration.ofMinutes(2);
        pass(10);
        release(lease);
        assertThat(released).isFalse();
        pass(21);
        assertGone();
        assertThat(platform.calls("get")).hasSize(1);
        assertThat(log).contains("FAILED box-1");
    }

    @Test
    void aCreateWhoseOutcomeIsRefusedAnAnswerIsFoundByNameAndDeleted() {
        createFaults.add(Fault.LOST_ANSWER);
        createFaults.add(Fault.FORBIDDEN);
        Lease lease = lease(false);
        await(lease);
        pass(5);
        assertError(ErrorCode.UNAUTHORIZED);
        assertThat(platform.live()).isEqualTo(1);
        release(lease);
        pass(5);
        assertGone();
    }

    @Test
    void notFoundIsNotBelievedForAMinute() {
        createFaults.add(Fault.LOST_REQUEST);
        createFaults.add(Fault.REFUSED);
        Lease lease = lease(false);
        await(lease);
        pass(5);
        release(lease);
        pass(50);
        assertThat(released).isFalse();
        pass(30);
        assertGone();
        assertThat(platform.calls("get").size()).isGreaterThan(10);
    }

    @Test
    void aDeleteIsTriedUntilItIsDone() {
        Lease lease = lease(false);
        await(lease);
        pass(5);
        deleteFaults.addAll(
                List.of(Fault.STATE_CHANGE, Fault.LOST_REQUEST, Fault.RATE_LIMITED, Fault.STATE_CHANGE, Fault.HANGS));
        release(lease);
        pass(3);
        assertThat(released).isFalse();
        pass(120);
        assertGone();
    }

    @Test
    void whatAKeyMayNotDeleteIsStoppedAndIsGoneOnceThePlatformDeletedIt() {
        Lease lease = lease(false);
        await(lease);
        pass(5);
        forbidden("delete");
        release(lease);
        pass(8);
        assertThat(platform.calls("autodelete")).hasSize(1);
        assertThat(platform.calls("stop")).hasSize(1);
        assertThat(released).isFalse();
        assertThat(leases.live()).isEqualTo(1);
        pass(7);
        assertGone();
        assertThat(log).contains("DELETED box-1");
    }

    @Test
    void aRefusalToDeleteThatPassesLeavesNothing() {
        Lease lease = lease(false);
        await(lease);
        pass(5);
        forbidden("delete", "stop");
        release(lease);
        pass(20);
        assertThat(released).isFalse();
        platform.faults = operation -> Fault.NONE;
        pass(3);
        assertGone();
    }

    @Test
    void whatAKeyMayNeitherDeleteNorStopIsLeftAndTheNextIsNotWaitedFor() {
        Lease lease = lease(false);
        await(lease);
        pass(5);
        forbidden("delete", "stop");
        release(lease);
        pass(29);
        assertThat(released).isFalse();
        pass(5);
        assertThat(released).isTrue();
        assertThat(leases.leftOver()).singleElement().satisfies(left -> {
            assertThat(left.name()).isEqualTo("box-1");
            assertThat(left.reason()).contains("may neither delete nor stop");
        });
        assertThat(leases.live()).isEqualTo(1);
        assertThat(log).contains("LEFT box-1");
        Lease next = lease(false);
        await(next);
        pass(5);
        released = false;
        release(next);
        pass(5);
        assertThat(released).isTrue();
        assertThat(leases.leftOver()).hasSize(2);
    }

    private void forbidden(String... operations) {
        platform.faults = operation -> List.of(operations).contains(operation) ? Fault.FORBIDDEN : Fault.NONE;
    }

    @Test
    void aSandboxInUseIsKeptAliveAndItsExpiryMovesOn() {
        Map<String, String> labels = new java.util.HashMap<>(OURS);
        labels.put(Labels.EXPIRY, Long.toString(clock.now(java.util.concurrent.TimeUnit.SECONDS) + 1_800));
        Lease lease = leases.lease(
                new LeaseRequest(() -> "box", name -> create(name, labels, 30), () -> Duration.ofMinutes(10), false),
                journal);
        await(lease);
        for (int minute = 0; minute < 120; minute++) {
            pass(60);
            assertThat(Labels.expiry(platform.labels().get(0)).orElseThrow())
                    .isAfter(java.time.Instant.ofEpochSecond(clock.now(java.util.concurrent.TimeUnit.SECONDS)));
        }
        // Four times in its idle time of half an hour.
        assertThat(platform.calls("touch")).hasSizeBetween(15, 16);
        assertThat(platform.calls("labels")).hasSizeBetween(5, 8);
        release(lease);
        pass(5);
        assertGone();
        pass(3_600);
        assertThat(platform.calls("touch")).hasSizeBetween(15, 16);
    }

    @Test
    void aSandboxThatIsGoneIsNotLeftAlthoughNoDeleteWasEverAnswered() {
        Lease lease = lease(false);
        await(lease);
        pass(5);
        platform.faults = operation -> operation.equals("delete") ? Fault.HANGS : Fault.NONE;
        release(lease);
        pass(299);
        assertThat(released).isFalse();
        pass(3);
        assertGone();
        assertThat(leases.leftOver()).isEmpty();
        assertThat(log).contains("DELETED box-1");
    }

    @Test
    void whatCannotBeDeletedInTimeIsReportedByName() {
        Lease lease = lease(false);
        await(lease);
        pass(5);
        platform.faults = operation -> Fault.LOST_REQUEST;
        release(lease);
        pass(299);
        assertThat(released).isFalse();
        pass(10);
        assertThat(released).isTrue();
        assertThat(leases.leftOver())
                .singleElement()
                .satisfies(left -> assertThat(left.name()).isEqualTo("box-1"));
    }

    @Test
    void aCreateThatIsCarriedOutAfterItsSandboxWasDeletedIsFoundByALaterLook() {
        createFaults.add(Fault.LATE);
        Lease lease = lease(false);
        await(lease);
        pass(10);
        assertReady("box-1");
        release(lease);
        pass(45);
        assertThat(released).isTrue();
        assertThat(platform.live()).isZero();
        pass(10);
        assertThat(platform.live()).isEqualTo(1);
        assertThat(leases.live()).isZero();
        pass(30);
        assertThat(platform.live()).isZero();
        assertThat(platform.calls("delete")).hasSize(2);
    }

    @Test
    void theLastLooksWaitNoLongerThanACreateCanBeLate() {
        createFaults.add(Fault.LATE);
        Lease lease = lease(false);
        await(lease);
        pass(1);
        release(lease);
        pass(1);
        List<String> ended = new ArrayList<>();
        leases.lastLooks().subscribe(nothing -> {}, e -> ended.add("error"), () -> ended.add("done"));
        assertThat(ended).isEmpty();
        pass(5);
        assertThat(ended).containsExactly("done");
    }

    @Test
    void whatIsKeptIsNotLookedForLater() {
        createFaults.add(Fault.LOST_ANSWER);
        Lease lease = lease(true);
        await(lease);
        pass(10);
        release(lease);
        pass(200);
        assertThat(platform.live()).isEqualTo(1);
        assertThat(leases.kept()).hasSize(1);
    }

    @Test
    void whatIsKeptIsReported() {
        Lease lease = lease(true);
        await(lease);
        pass(5);
        release(lease);
        pass(5);
        assertThat(released).isTrue();
        assertThat(platform.live()).isEqualTo(1);
        assertThat(leases.kept()).hasSize(1);
        assertThat(leases.leftOver()).isEmpty();
    }

    @Test
    void anIntentThatCannotBeWrittenIsNotSent() {
        IntentLog full = new IntentLog() {
            @Override
            public Mono<Void> intent(String name, Map<String, String> labels) {
                return Mono.error(new IllegalStateException("disk full"));
            }

            @Override
            public Mono<Void> started(String name, String id) {
                return Mono.error(new IllegalStateException("disk full"));
            }

            @Override
            public void transition(String name, Transition what, String detail) {}
        };
        Lease lease = leases.lease(
                new LeaseRequest(() -> "box", name -> create(name, OURS), () -> Duration.ofMinutes(10), false), full);
        await(lease);
        pass(1);
        assertThat(error).hasMessage("disk full");
        assertThat(platform.calls("create")).isEmpty();
        release(lease);
        assertGone();
    }

    @Test
    void aSandboxThatDoesNotStartInTimeIsGivenUpAndDeleted() {
        platform.startTime = () -> Duration.ofDays(1);
        Lease lease = lease(false);
        await(lease);
        pass(601);
        assertError(ErrorCode.TIMEOUT);
        release(lease);
        pass(5);
        assertGone();
    }
}
