/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A substrate with one sandbox for all tests of a class; afterwards nothing may be left of it on the host. */
abstract class WithSandbox {

    @TempDir
    static Path state;

    static NamespaceSubstrate substrate = Boxes.substrate(Path.of("/nowhere"));
    static Machine machine;
    private static HostLook before;

    @BeforeAll
    static void open() throws IOException {
        machine = null;
        Needs.that(
                "root".equals(System.getProperty("user.name")),
                "needs root; ChildJvmTest has the unprivileged half when it is started by root");
        before = HostLook.at(List.of("sandflock-holder"));
        substrate = Boxes.substrate(state);
        substrate.open().block(Boxes.LONG);
        machine = create(Boxes.spec("shared-1"));
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        if (machine == null) {
            return;
        }
        List<String> instances = HostLook.instances(state);
        assertThat(instances).hasSize(1);
        substrate.closeLater().block(Boxes.LONG);
        assertThat(HostLook.at(instances).leftSince(before)).isEmpty();
        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
    }

    static Machine create(MachineSpec spec) {
        Machine made = substrate.create(spec).block(Boxes.LONG);
        assertThat(made).isNotNull();
        return made;
    }

    static String out(String script) {
        return out(machine, script);
    }

    static String out(Machine in, String script) {
        Boxes.Result result = Boxes.sh(in, script);
        assertThat(result.err()).isEmpty();
        return result.out();
    }

    static Boxes.Result asRoot(String script) {
        return asRoot(machine, script);
    }

    static Boxes.Result asRoot(Machine in, String script) {
        return Boxes.run(in, List.of("/usr/bin/env", "sudo", "-n", "-u", "root", "--", "/bin/sh", "-c", script));
    }
}
