/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ExecRequest;
import io.sandflock.testkit.EnvironmentContract;
import io.sandflock.testkit.InspectCheck;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract where BusyBox's tools are all there is, as root. */
public interface BusyBoxContract extends EnvironmentContract {

    @Override
    default boolean defaultUserIsRoot() {
        return true;
    }

    @Override
    default boolean rootIsReachable() {
        return true;
    }

    /** BusyBox as Debian builds it has neither {@code adduser} nor {@code userdel}: the files are what they would change. */
    @Test
    @InspectCheck(39)
    @Override
    default void aUserThatRootAddsRunsCommands() {
        out(
                "echo added:x:1234:1234::/home/added:/bin/sh >>/etc/passwd; mkdir /home/added; chown 1234:1234 /home/added");
        assertThat(exec(ExecRequest.builder(List.of("sh", "-c", "whoami; echo $HOME"))
                                .user("added")
                                .build())
                        .stdout()
                        .text())
                .isEqualTo("added\n/home/added\n");
        out("sed -i /^added:/d /etc/passwd; rm -rf /home/added");
    }
}
