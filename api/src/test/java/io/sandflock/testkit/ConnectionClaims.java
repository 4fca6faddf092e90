/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Connection;
import io.sandflock.ExecRequest;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** How a person opens a shell: the claims cannot type into it, but what they are told is enough to. */
public interface ConnectionClaims extends EnvironmentUnderTest {

    private Connection connection() {
        return Objects.requireNonNull(environment().connection().block(PATIENCE), "no connection");
    }

    @Test
    default void aConnectionIsACommandThatOpensAShellInThisSandbox() {
        Connection connection = connection();
        assertThat(connection.type()).isNotBlank();
        assertThat(connection.sandbox()).isNotBlank();
        assertThat(connection.command())
                .isNotEmpty()
                .allSatisfy(word -> assertThat(word).doesNotContain("\0"));
        assertThat(connection.command().get(0)).isNotBlank();
        assertThat(connection().sandbox()).as("asked again").isEqualTo(connection.sandbox());
    }

    @Test
    default void aConnectionKeepsItsCommandOutOfItsText() {
        Connection connection = connection();
        assertThat(connection.toString()).doesNotContain(String.join(" ", connection.command()));
    }

    @Test
    default void askingForAConnectionDisturbsNoCommand() {
        String line = "i=0; while [ $i -lt 5 ]; do echo $i; sleep .1; i=$((i + 1)); done";
        String output = Mono.zip(
                        environment().exec(ExecRequest.shell(line)),
                        environment().connection().repeat(4).count())
                .map(both -> both.getT1().stdout().text() + both.getT2())
                .block(PATIENCE);
        assertThat(output).isEqualTo("0\n1\n2\n3\n4\n5");
    }
}
