/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.platform.CreateSandbox.Intervals;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What the platform does by itself when the engine is dead, whatever intervals a user gave. */
class BackstopTest {

    private static final Duration LIFE = Duration.ofMinutes(30).plusSeconds(1);

    private static SandboxOptions given(Integer stop, Integer delete) {
        SandboxOptions none = SandboxOptions.NONE;
        return new SandboxOptions(
                none.user(),
                none.env(),
                none.labels(),
                none.networkBlockAll(),
                none.networkAllowList(),
                none.isPublic(),
                none.ephemeral(),
                none.language(),
                none.createTimeout(),
                none.resources(),
                new Intervals(of(stop), OptionalInt.of(7), of(delete)));
    }

    private static OptionalInt of(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static Intervals intervals(Integer stop, Integer delete) {
        return new Intervals(of(stop), OptionalInt.of(7), of(delete));
    }

    @Test
    void whoSaysNothingIsStoppedAfterTheLongestUseAndDeletedAsItStops() {
        assertThat(Backstop.of(given(null, null), LIFE, false)).isEqualTo(intervals(31, 0));
        assertThat(Backstop.warnings(given(null, null))).isEmpty();
    }

    @Test
    void aUsersIntervalsAreHonoured() {
        assertThat(Backstop.of(given(5, 60), LIFE, false)).isEqualTo(intervals(5, 60));
        assertThat(Backstop.warnings(given(5, 60))).isEmpty();
    }

    @Test
    void thoseThatSwitchItOffAreNotAndSaySo() {
        assertThat(Backstop.of(given(0, -1), LIFE, false)).isEqualTo(intervals(31, 0));
        assertThat(Backstop.warnings(given(0, -1))).hasSize(2);
    }

    @Test
    void aSandboxThatIsToBeKeptIsGuardedByTheUserAlone() {
        assertThat(Backstop.of(given(0, -1), LIFE, true)).isEqualTo(intervals(0, -1));
        assertThat(Backstop.of(given(null, null), LIFE, true)).isEqualTo(intervals(31, null));
    }
}
