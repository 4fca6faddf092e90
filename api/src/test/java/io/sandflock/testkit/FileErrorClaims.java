/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.FileException.Errno;
import io.sandflock.LimitExceededException;
import org.junit.jupiter.api.Test;

/** A file operation fails as the POSIX call would: with its error, and the path as it was given. */
public interface FileErrorClaims extends EnvironmentUnderTest {

    /** {@code read_file_not_found}. */
    @Test
    @InspectCheck(8)
    default void aFileThatIsNotThereIsNamed() {
        refusesToRead("nonexistent", Errno.ENOENT);
        refusesToRead("/nonexistent/file", Errno.ENOENT);
    }

    /** {@code read_file_not_allowed}. */
    @Test
    @InspectCheck(9)
    default void aFileThatTheUserMayNotReadIsNotRead() {
        needsPermissionBits();
        String path = fresh("unreadable");
        write(path, "secret");
        out("chmod a-r " + path);
        refusesToRead(path, Errno.EACCES);
    }

    /** {@code read_file_is_directory}. */
    @Test
    @InspectCheck(10)
    default void aDirectoryIsNotReadAsAFile() {
        refusesToRead("/etc", Errno.EISDIR);
        refusesToRead(".", Errno.EISDIR);
        refusesToRead("..", Errno.EISDIR);
        assertThatThrownBy(() -> read("/etc")).hasMessageContaining("directory");
    }

    /** {@code read_file_nonsense_name}. */
    @Test
    @InspectCheck(11)
    default void aPathThatLooksLikeAnAddressIsAPath() {
        refusesToRead("https:/en.wikipedia.org/wiki/Bart%C5%82omiej_Kasprzykowski", Errno.ENOENT);
    }

    /** {@code read_file_limit}. */
    @Test
    @InspectCheck(12)
    default void aFileOverTheLimitIsRefused() {
        String path = fresh("big");
        out("head -c 2048 /dev/zero > " + path);
        assertThatThrownBy(() -> environment().readFile(path, 1024).block(PATIENCE))
                .isInstanceOfSatisfying(LimitExceededException.class, error -> {
                    assertThat(error.limit()).isEqualTo(1024);
                    assertThat(error.size()).isEqualTo(2048);
                })
                .hasMessageContaining("1024");
    }

    /** {@code write_text_file_is_directory} and {@code write_binary_file_is_directory}. */
    @Test
    @InspectCheck({15, 20})
    default void aDirectoryIsNotOverwritten() {
        String folder = "/tmp/" + fresh("directory");
        out("mkdir " + folder + " && touch " + folder + "/kept");
        refusesToWrite(folder, Errno.EISDIR);
        assertThatThrownBy(() -> write(folder, "x")).hasMessageContaining("directory");
        assertThat(out("ls " + folder + "; rm -r " + folder)).isEqualTo("kept\n");
    }

    /** {@code write_text_file_without_permissions} and {@code write_binary_file_without_permissions}. */
    @Test
    @InspectCheck({16, 21})
    default void aFileThatTheUserMayNotWriteIsNotWritten() {
        needsPermissionBits();
        String path = fresh("unwritable");
        write(path, "old");
        out("chmod a-w " + path);
        refusesToWrite(path, Errno.EACCES);
        assertThat(read(path)).asString().isEqualTo("old");
    }

    @Test
    default void aDirectoryThatTheUserMayNotWriteGetsNoFile() {
        needsPermissionBits();
        String folder = fresh("closed");
        out("mkdir " + folder + " && chmod 555 " + folder);
        refusesToWrite(folder + "/file", Errno.EACCES);
        refusesToWrite(folder + "/sub/file", Errno.EACCES);
    }

    @Test
    default void aDirectoryThatTheUserMayNotEnterIsNotRead() {
        needsPermissionBits();
        String folder = fresh("locked");
        out("mkdir " + folder + " && echo x > " + folder + "/file && chmod 000 " + folder);
        refusesToRead(folder + "/file", Errno.EACCES);
        out("chmod 700 " + folder);
    }

    @Test
    default void aFileOfExactlyTheLimitIsRead() {
        String path = fresh("exact");
        out("head -c 1024 /dev/zero > " + path);
        assertThat(environment().readFile(path, 1024).block(PATIENCE)).hasSize(1024);
    }

    @Test
    default void whatIsBehindAFileIsNotThere() {
        String path = fresh("plain");
        write(path, "x");
        refusesToRead(path + "/below", Errno.ENOTDIR);
        refusesToWrite(path + "/below", Errno.ENOTDIR);
    }

    @Test
    default void aLinkThatLeadsNowhereIsNotThere() {
        String path = fresh("dangling");
        out("ln -s /no/such/target " + path);
        refusesToRead(path, Errno.ENOENT);
    }

    @Test
    default void linksThatLeadInACircleAreAnError() {
        String path = fresh("circle");
        out("ln -s " + path + " " + path);
        refusesToRead(path, Errno.ELOOP);
    }

    @Test
    default void aPipeIsNotReadAndDoesNotHang() {
        String path = fresh("pipe");
        out("mkfifo " + path);
        refusesToRead(path, Errno.EINVAL);
    }

    @Test
    default void aDeviceIsNotRead() {
        refusesToRead("/dev/zero", Errno.EINVAL);
        refusesToRead("/dev/null", Errno.EINVAL);
    }

    @Test
    default void aSocketIsNotRead() {
        String path = fresh("socket");
        String made = "python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' " + path
                + " || perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local=>$ARGV[0],Listen=>1)' " + path;
        sh(made);
        assumeTrue(sh("[ -S " + path + " ]").success(), "no program that makes a socket is installed");
        refusesToRead(path, Errno.EINVAL);
    }

    @Test
    default void aNameThatIsTooLongIsAnError() {
        refusesToRead("n".repeat(256), Errno.ENAMETOOLONG);
        refusesToWrite("n".repeat(256), Errno.ENAMETOOLONG);
    }

    @Test
    default void anEmptyPathIsNotThere() {
        refusesToRead("", Errno.ENOENT);
    }
}
