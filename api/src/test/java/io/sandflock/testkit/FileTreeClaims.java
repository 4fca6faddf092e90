/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.FileContent;
import io.sandflock.FileException.Errno;
import io.sandflock.FileStat;
import io.sandflock.FileStat.Type;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Files are listed, looked at, appended to and deleted. */
public interface FileTreeClaims extends EnvironmentUnderTest {

    private FileStat stat(String path) {
        return Objects.requireNonNull(environment().stat(path).block(PATIENCE));
    }

    private List<FileStat> list(String path) {
        return Objects.requireNonNull(environment().list(path).block(PATIENCE));
    }

    private void append(String path, String text) {
        environment().append(path, FileContent.text(text)).block(PATIENCE);
    }

    private void delete(String path, boolean recursive) {
        environment().delete(path, recursive).block(PATIENCE);
    }

    @Test
    default void aFileIsLookedAt() {
        String path = fresh("stat");
        write(path, "12345");
        out("chmod 640 " + path + " && TZ=UTC0 touch -d '2024-02-29 12:30:00' " + path);
        FileStat stat = stat("./" + path);
        assertThat(stat.name()).isEqualTo(path);
        assertThat(stat.type()).isEqualTo(Type.FILE);
        assertThat(stat.size()).isEqualTo(5);
        assertThat(stat.permissions()).isEqualTo(0640);
        assertThat(stat.uid()).asString().isEqualTo(out("id -u").strip());
        assertThat(stat.modifiedAt()).isEqualTo("2024-02-29T12:30:00Z");
    }

    @Test
    default void everyTypeOfFileIsTold() {
        String folder = fresh("types");
        out("mkdir " + folder + " && cd " + folder
                + " && mkdir d && touch f && ln -s f l && ln -s nowhere dangling && mkfifo p");
        assertThat(list(folder)).extracting(FileStat::name).containsExactly("d", "dangling", "f", "l", "p");
        assertThat(list(folder))
                .extracting(FileStat::type)
                .containsExactly(Type.DIRECTORY, Type.LINK, Type.FILE, Type.LINK, Type.SPECIAL);
        assertThat(stat(folder).type()).isEqualTo(Type.DIRECTORY);
        assertThat(stat(folder + "/").name()).isEqualTo(folder);
        assertThat(stat(folder + "/l").type()).isEqualTo(Type.FILE);
        assertThat(stat("/").name()).isEqualTo("/");
        refuses(environment().stat(folder + "/dangling"), Errno.ENOENT, folder + "/dangling");
    }

    @Test
    default void namesOfAnyCharacterAreListed() {
        String folder = fresh("names");
        List<String> names = List.of("\nline\n", " ", "-rf", ".hidden", "50%25", "a|b", "it's", "\u00e9\ud83d\ude00");
        for (String name : names) {
            write(folder + "/" + name, name);
        }
        assertThat(list(folder)).extracting(FileStat::name).containsExactlyElementsOf(names);
    }

    @Test
    default void anEmptyDirectoryHasNoEntries() {
        String folder = fresh("hollow");
        out("mkdir " + folder);
        assertThat(list(folder)).isEmpty();
        assertThat(list(".")).extracting(FileStat::name).contains(folder);
    }

    @Test
    default void aLargeDirectoryIsListedWhole() {
        String folder = fresh("crowd");
        out("mkdir " + folder + " && cd " + folder + " && seq 1 5000 | xargs touch");
        assertThat(list(folder)).hasSize(5000);
    }

    @Test
    default void lookingAtWhatIsNotThereIsAnError() {
        write("plain.stat", "x");
        refuses(environment().stat("nonexistent"), Errno.ENOENT, "nonexistent");
        refuses(environment().list("nonexistent"), Errno.ENOENT, "nonexistent");
        refuses(environment().stat("plain.stat/below"), Errno.ENOTDIR, "plain.stat/below");
        refuses(environment().list("plain.stat"), Errno.ENOTDIR, "plain.stat");
        refuses(environment().stat(""), Errno.ENOENT, "");
        refuses(environment().stat("n".repeat(256)), Errno.ENAMETOOLONG, "n".repeat(256));
        refuses(environment().stat("no\nNot a directory"), Errno.ENOENT, "no\nNot a directory");
    }

    @Test
    default void whatTheUserMayNotDoIsRefused() {
        needsPermissionBits();
        String folder = fresh("blind");
        out("mkdir " + folder + " && chmod 300 " + folder);
        refuses(environment().list(folder), Errno.EACCES, folder);
        write(folder + ".closed", "x");
        out("chmod a-w " + folder + ".closed");
        refuses(environment().append(folder + ".closed", FileContent.text("y")), Errno.EACCES, folder + ".closed");
    }

    @Test
    default void contentIsAppended() {
        String path = fresh("log") + "/sub/file";
        append(path, "one\n");
        append(path, "");
        environment()
                .append(path, FileContent.bytes(new byte[] {(byte) 0xff, 0, '\r', '\n'}))
                .block(PATIENCE);
        assertThat(read(path)).containsExactly('o', 'n', 'e', '\n', 0xff, 0, '\r', '\n');
    }

    @Test
    default void manyMebibytesAreAppended() {
        String path = fresh("grown");
        append(path, "x".repeat(5 << 20));
        append(path, "y".repeat(5 << 20));
        assertThat(stat(path).size()).isEqualTo(10 << 20);
    }

    @Test
    default void appendingKeepsTheMode() {
        String path = fresh("appended");
        write(path, "a");
        out("chmod 751 " + path);
        append(path, "b");
        assertThat(stat(path).permissions()).isEqualTo(0751);
        assertThat(read(path)).containsExactly('a', 'b');
    }

    @Test
    default void whatIsNoFileIsNotAppendedTo() {
        String path = fresh("nofile");
        out("mkdir " + path + " && mkfifo " + path + ".pipe && touch " + path + ".plain");
        refuses(environment().append(path, FileContent.text("x")), Errno.EISDIR, path);
        refuses(environment().append(path + ".pipe", FileContent.text("x")), Errno.EINVAL, path + ".pipe");
        String below = path + ".plain/below";
        refuses(environment().append(below, FileContent.text("x")), Errno.ENOTDIR, below);
    }

    @Test
    default void aFileIsDeleted() {
        String path = fresh("doomed") + " with\nodd -name";
        write(path, "x");
        delete(path, false);
        refuses(environment().stat(path), Errno.ENOENT, path);
        refuses(environment().delete(path, false), Errno.ENOENT, path);
        refuses(environment().delete(path, true), Errno.ENOENT, path);
    }

    @Test
    default void aDirectoryIsDeletedWithAllInItOnlyWhenAsked() {
        String path = fresh("tree");
        write(path + "/a/b/c", "x");
        refuses(environment().delete(path, false), Errno.EISDIR, path);
        assertThat(read(path + "/a/b/c")).containsExactly('x');
        delete(path, true);
        refuses(environment().stat(path), Errno.ENOENT, path);
    }

    @Test
    default void aLinkIsDeletedAndNotWhatItLeadsTo() {
        String path = fresh("linked");
        write(path + "/file", "x");
        out("ln -s " + path + " " + path + ".link && ln -s nowhere " + path + ".dangling");
        delete(path + ".link", true);
        delete(path + ".dangling", false);
        assertThat(read(path + "/file")).containsExactly('x');
        assertThat(sh("[ -L " + path + ".link ] || [ -L " + path + ".dangling ]")
                        .exitCode())
                .isOne();
    }

    @Test
    default void whatTheUserMayNotDeleteIsNotDeleted() {
        needsPermissionBits();
        String path = fresh("guarded");
        write(path + "/file", "x");
        out("chmod 555 " + path);
        refuses(environment().delete(path + "/file", false), Errno.EACCES, path + "/file");
        refuses(environment().delete(path, true), Errno.EACCES, path);
        refuses(environment().delete("/", true), Errno.EINVAL, "/");
        refuses(environment().delete(".", true), Errno.EINVAL, ".");
        assertThat(read(path + "/file")).containsExactly('x');
    }
}
