/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import io.sandflock.engine.local.Exchange;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.simulated.FaultScript;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The embedded platform on a simulated substrate, started anew for every test and closed after it. A test that leaves a sandbox fails,
 * unless it said {@link #mayLeaveSandboxes()}.
 *
 * <pre>
 * &#64;RegisterExtension
 * final TestPlatform platform = TestPlatform.create().script(CommandScript.prints("hello"));
 * </pre>
 */
public final class TestPlatform implements BeforeEachCallback, AfterEachCallback {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
    private final FaultScript faults = FaultScript.create();
    private UnaryOperator<SimulatedOptions> simulated = UnaryOperator.identity();
    private UnaryOperator<LocalOptions> local = UnaryOperator.identity();
    private boolean mayLeaveSandboxes;
    private boolean mayLeaveTheDocuments;
    private @Nullable SimulatedSubstrate substrate;
    private @Nullable LocalPlatform platform;

    private TestPlatform() {}

    /** A platform without delays and faults. */
    public static TestPlatform create() {
        return new TestPlatform();
    }

    /** Changes how simulated sandboxes behave. Before the test begins. */
    public TestPlatform simulated(UnaryOperator<SimulatedOptions> change) {
        simulated = change;
        return this;
    }

    /** Changes how the platform is started. Before the test begins. */
    public TestPlatform local(UnaryOperator<LocalOptions> change) {
        local = change;
        return this;
    }

    /** The faults of the test at hand. */
    public FaultScript faults() {
        return faults;
    }

    /** Base URL of the API. */
    public URI url() {
        return platform().url();
    }

    /** The bearer key. */
    public String key() {
        return platform().key().reveal();
    }

    /** The platform itself. */
    public LocalPlatform platform() {
        return started(platform);
    }

    /** The substrate itself. */
    public SimulatedSubstrate substrate() {
        return started(substrate);
    }

    /** What went over the wire in the test at hand. */
    public List<Exchange> exchanges() {
        return List.copyOf(exchanges);
    }

    /** The test at hand leaves sandboxes on purpose. */
    public void mayLeaveSandboxes() {
        mayLeaveSandboxes = true;
    }

    /** The test at hand makes the platform say what Daytona's documents do not have. */
    public void mayLeaveTheDocuments() {
        mayLeaveTheDocuments = true;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        exchanges.clear();
        faults.clear();
        mayLeaveSandboxes = false;
        mayLeaveTheDocuments = false;
        SimulatedSubstrate made = SimulatedSubstrate.of(simulated.apply(SimulatedOptions.DEFAULT));
        LocalOptions options = LocalOptions.of(made).withFaults(faults).withExchanges(exchanges::add);
        substrate = made;
        platform = LocalPlatform.start(local.apply(options)).block(PATIENCE);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        LocalPlatform ended = platform();
        SimulatedSubstrate machines = substrate();
        int left = mayLeaveSandboxes ? 0 : Settled.left(ended);
        ended.closeLater().block(PATIENCE);
        if (left > 0) {
            throw new AssertionError(left + " sandboxes were left over");
        }
        List<String> undocumented = mayLeaveTheDocuments ? List.of() : Documented.violations(exchanges);
        if (!undocumented.isEmpty()) {
            throw new AssertionError("not as Daytona documents it:\n" + String.join("\n", undocumented));
        }
        if (machines.live() > 0) {
            throw new AssertionError(machines.live() + " machines were left over after the platform was closed");
        }
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the platform is not started: is it registered with @RegisterExtension?");
        }
        return part;
    }
}
