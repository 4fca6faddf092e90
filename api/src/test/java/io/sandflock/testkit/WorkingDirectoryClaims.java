/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ExecRequest;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Commands and files agree on the working directory. */
public interface WorkingDirectoryClaims extends EnvironmentUnderTest {

    /** A request in a directory. */
    private static ExecRequest in(String cwd, String... argv) {
        return ExecRequest.builder(List.of(argv)).cwd(cwd).build();
    }

    /** {@code cwd_unspecified}. */
    @Test
    @InspectCheck(41)
    default void aRelativeFileIsInTheWorkingDirectoryOfCommands() {
        String path = fresh("here");
        write(path, "content");
        assertThat(exec(ExecRequest.of("ls", "-1")).stdout().text().lines()).contains(path);
    }

    /** {@code cwd_custom}. */
    @Test
    @InspectCheck(42)
    default void aCommandRunsInTheDirectoryOfItsRequest() {
        assertThat(exec(in("/usr/bin", "ls")).stdout().text().lines()).contains("env");
        assertThat(exec(in("/usr/bin", "pwd")).stdout().text()).isEqualTo("/usr/bin\n");
    }

    /** {@code cwd_relative}. */
    @Test
    @InspectCheck(43)
    default void aDirectoryMayBeRelativeToTheWorkingDirectory() {
        String folder = fresh("subdir");
        out("mkdir " + folder);
        write(folder + "/file", "content");
        assertThat(exec(in(folder, "ls")).stdout().text()).isEqualTo("file\n");
        assertThat(exec(in("./" + folder + "/..", "pwd")).stdout().text()).isEqualTo(out("pwd"));
    }

    /** {@code cwd_absolute}. */
    @Test
    @InspectCheck(44)
    default void aDirectoryMayBeAbsolute() {
        String folder = "/tmp/" + fresh("test_cwd_absolute");
        write(folder + "/file", "content");
        assertThat(exec(in(folder, "ls")).stdout().text()).isEqualTo("file\n");
        out("rm -r " + folder);
    }

    @Test
    default void aDirectoryThatIsNotThereIsNamed() {
        refusesToRunIn("/no/such dir", Errno.ENOENT);
        refusesToRunIn("no-such-dir", Errno.ENOENT);
    }

    @Test
    default void aFileIsNoDirectory() {
        refusesToRunIn("/etc/passwd", Errno.ENOTDIR);
        refusesToRunIn("/etc/passwd/below", Errno.ENOTDIR);
    }

    @Test
    default void aDirectoryThatTheUserMayNotEnterIsRefused() {
        needsPermissionBits();
        String folder = fresh("barred");
        out("mkdir " + folder + " && chmod 600 " + folder);
        refusesToRunIn(folder, Errno.EACCES);
    }

    @Test
    default void aDirectoryMayHaveAnyName() {
        for (String name : List.of("-", "-P", "a b", "a\nb", "it's", "50%25", "$HOME", "~", "\u00e9")) {
            String folder = fresh("odd") + "/" + name;
            write(folder + "/file", name);
            assertThat(exec(in(folder, "cat", "file")).stdout().text()).isEqualTo(name);
        }
        write("-/file", "dash");
        assertThat(exec(in("-", "cat", "file")).stdout().text()).isEqualTo("dash");
    }

    @Test
    default void theDirectoryOfOneCommandIsNotThatOfTheNext() {
        String before = out("pwd");
        exec(in("/usr", "true"));
        assertThat(out("pwd")).isEqualTo(before);
    }

    @Test
    default void aRelativeProgramIsFoundInTheDirectory() {
        String folder = fresh("programs");
        write(folder + "/run.sh", "#!/bin/sh\npwd\n");
        out("chmod +x " + folder + "/run.sh");
        assertThat(exec(in(folder, "./run.sh")).stdout().text()).endsWith("/" + folder + "\n");
    }

    private void refusesToRunIn(String cwd, Errno errno) {
        assertThatThrownBy(() -> exec(in(cwd, "true"))).isInstanceOfSatisfying(FileException.class, error -> {
            assertThat(error.errno()).as(cwd).isEqualTo(errno);
            assertThat(error.path()).isEqualTo(cwd);
        });
    }
}
