/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.PermanentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {

    @TempDir
    Path folder;

    private void install(String... names) throws IOException {
        for (String name : names) {
            Files.createSymbolicLink(folder.resolve(name), Path.of("/bin/sh"));
        }
    }

    @Test
    void whatIsMissingIsNamedWithThePackageToInstall() throws IOException {
        install("unshare", "nsenter", "setpriv", "mount", "cp", "rm", "chmod", "mknod", "sh", "su");
        assertThatThrownBy(() -> Programs.find(List.of(folder.toString()), true, false))
                .isInstanceOfSatisfying(
                        PermanentException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessageContaining("find (findutils), setsid (util-linux)")
                .hasMessageContaining(folder.toString())
                .hasMessageNotContaining("hostname");
        install("setsid", "find");
        assertThat(Programs.find(List.of(folder.toString()), true, false).path("setsid"))
                .isEqualTo(folder.resolve("setsid").toString());
    }

    @Test
    void anOrdinaryUserNeedsHostnameInsteadOfSu() throws IOException {
        install("unshare", "nsenter", "setpriv", "mount", "cp", "rm", "chmod", "mknod", "sh", "setsid", "find");
        assertThatThrownBy(() -> Programs.find(List.of(folder.toString()), false, false))
                .hasMessageContaining(": hostname (hostname).");
        install("hostname");
        assertThat(Programs.find(List.of(folder.toString()), false, false).missingForBlockedNetwork())
                .containsExactly("ip (iproute2)");
    }
}
