/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.FileContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Files are written and read byte for byte, where commands see them. */
public interface FileClaims extends EnvironmentUnderTest {

    /** {@code read_and_write_file_text}. */
    @Test
    @InspectCheck(1)
    default void textIsReadAsItWasWritten() {
        String path = fresh("text");
        write(path, "great #content\nincluding newlines");
        assertThat(read(path)).asString(StandardCharsets.UTF_8).isEqualTo("great #content\nincluding newlines");
    }

    /** {@code read_and_write_file_binary}. */
    @Test
    @InspectCheck(2)
    default void bytesThatAreNoTextAreReadAsTheyWereWritten() {
        String path = fresh("binary");
        write(path, new byte[] {(byte) 0xc3, 0x28});
        assertThat(read(path)).containsExactly(0xc3, 0x28);
    }

    /** {@code read_and_write_large_file_binary}. */
    @Test
    @InspectCheck(3)
    default void fiftyMebibytesAreWrittenAndRead() {
        String path = fresh("large");
        byte[] bytes = new byte[50 << 20];
        Arrays.fill(bytes, (byte) 0xc3);
        write(path, bytes);
        assertThat(Arrays.equals(read(path), bytes)).isTrue();
        out("rm " + path);
    }

    /** {@code write_file_text_utf}. */
    @Test
    @InspectCheck(4)
    default void charactersOfAnyPlaneAreReadAsTheyWereWritten() {
        String path = fresh("utf");
        String text = "\u2728\u2603\ufe0f \u2764\ufe0e caf\u00e9 \u4e2d\u6587 \ud83d\ude00\ud83c\udffd e\u0301";
        write(path, text);
        assertThat(read(path)).asString(StandardCharsets.UTF_8).isEqualTo(text);
    }

    /** {@code read_and_write_file_including_directory_absolute}. */
    @Test
    @InspectCheck(5)
    default void parentsOfAnAbsolutePathAreCreated() {
        String folder = "/tmp/" + fresh("absolute");
        write(folder + "/a/test.file", "content");
        assertThat(read(folder + "/a/test.file")).asString().isEqualTo("content");
        out("rm -r " + folder);
    }

    /** {@code read_and_write_file_including_directory_relative}. */
    @Test
    @InspectCheck(6)
    default void parentsOfARelativePathAreCreatedInTheWorkingDirectory() {
        String folder = fresh("relative");
        write(folder + "/a/b/test.file", "content");
        assertThat(read(folder + "/a/b/test.file")).asString().isEqualTo("content");
        assertThat(out("cat " + folder + "/a/b/test.file")).isEqualTo("content");
    }

    /** {@code read_file_zero_length}. */
    @Test
    @InspectCheck(7)
    default void anEmptyFileOfACommandIsReadAsEmpty() {
        String path = fresh("touched");
        out("touch " + path);
        assertThat(read(path)).isEmpty();
    }

    /** {@code write_text_file_zero_length} and {@code write_binary_file_zero_length}. */
    @Test
    @InspectCheck({13, 18})
    default void nothingIsWrittenAsAnEmptyFile() {
        String text = fresh("empty");
        write(text, "");
        assertThat(read(text)).isEmpty();
        String binary = fresh("empty");
        write(binary, new byte[0]);
        assertThat(read(binary)).isEmpty();
        assertThat(out("wc -c < " + text + "; wc -c < " + binary)).containsPattern("^ *0\n *0\n$");
    }

    /** {@code write_text_file_space} and {@code write_binary_file_space}. */
    @Test
    @InspectCheck({14, 19})
    default void aNameMayHaveBlanks() {
        write("file with space.file", "text");
        assertThat(read("file with space.file")).asString().isEqualTo("text");
        write("file with space.bin", new byte[] {(byte) 0xc3, 0x28});
        assertThat(read("file with space.bin")).containsExactly(0xc3, 0x28);
        assertThat(out("cat 'file with space.file'")).isEqualTo("text");
    }

    /** {@code write_text_file_exists} and {@code write_binary_file_exists}. */
    @Test
    @InspectCheck({17, 22})
    default void theSecondContentReplacesTheFirst() {
        String path = fresh("twice");
        write(path, "a long first content");
        write(path, "short");
        assertThat(read(path)).asString().isEqualTo("short");
        write(path, new byte[] {(byte) 0xff});
        assertThat(read(path)).containsExactly(0xff);
    }

    @Test
    default void aNameMayHaveAnyCharacter() {
        List<String> names = new ArrayList<>(List.of(
                "-rf", "50%25", "a%2Fb", "%", "a\nb", "it's", "a\"b", "$HOME", "`id`", "a;b", "a\\b", "*", "a?b"));
        names.addAll(
                List.of("a#b", "a&b=c+d", "\u00e9\ud83d\ude00", "~", " leading", "trailing ", "a\tb", "[a]", "..."));
        for (String name : names) {
            String path = fresh("odd") + "/" + name;
            write(path, name);
            assertThat(read(path)).as(name).asString(StandardCharsets.UTF_8).isEqualTo(name);
            assertThat(exec(io.sandflock.ExecRequest.of("cat", "--", path))
                            .stdout()
                            .text())
                    .isEqualTo(name);
        }
        write("-dash", "dash");
        assertThat(read("-dash")).asString().isEqualTo("dash");
    }

    @Test
    default void newlinesOfEveryKindAreKept() {
        String path = fresh("newlines");
        write(path, "a\r\nb\rc\n\n\r\n");
        assertThat(read(path)).asString().isEqualTo("a\r\nb\rc\n\n\r\n");
        assertThat(out("od -An -c " + path).replaceAll("\\s+", "")).isEqualTo("a\\r\\nb\\rc\\n\\n\\r\\n");
    }

    @Test
    default void allFilesOfOneCallAreWritten() {
        String folder = fresh("many");
        Map<String, FileContent> files = new LinkedHashMap<>();
        for (int i = 0; i < 200; i++) {
            files.put(folder + "/d" + i % 7 + "/f" + i, FileContent.text("content " + i));
        }
        environment().writeFiles(files).block(PATIENCE);
        assertThat(out("ls " + folder + "/* | grep -c ^f").strip()).isEqualTo("200");
        assertThat(read(folder + "/d3/f10")).asString().isEqualTo("content 10");
    }

    @Test
    default void anOverwrittenFileKeepsItsMode() {
        String path = fresh("script");
        write(path, "echo one");
        out("chmod 751 " + path);
        write(path, "echo two");
        assertThat(out("ls -l " + path)).startsWith("-rwxr-x--x");
        assertThat(out("sh ./" + path)).isEqualTo("two\n");
    }

    @Test
    default void aWrittenFileBelongsToTheDefaultUser() {
        String folder = fresh("folder");
        write(folder + "/sub/mine", "content");
        assertThat(out("stat -c %u " + folder + " " + folder + "/sub " + folder + "/sub/mine | sort -u"))
                .isEqualTo(out("id -u"));
        out("echo more >> " + folder + "/sub/mine && rm -r " + folder);
    }

    @Test
    default void linksAreFollowedWhenReadAndWritten() {
        String path = fresh("target");
        write(path, "one");
        out("ln -s " + path + " " + path + ".link");
        assertThat(read(path + ".link")).asString().isEqualTo("one");
        write(path + ".link", "two");
        assertThat(read(path)).asString().isEqualTo("two");
        assertThat(out("[ -L " + path + ".link ] && echo link")).isEqualTo("link\n");
    }

    @Test
    default void whatACommandWroteIsRead() {
        String path = fresh("made");
        out("printf '\\377\\000\\n' > " + path);
        assertThat(read(path)).containsExactly(0xff, 0, '\n');
        assertThat(read(out("pwd").strip() + "/" + path)).containsExactly(0xff, 0, '\n');
        assertThat(read("./" + path)).containsExactly(0xff, 0, '\n');
    }

    @Test
    default void filesAreWrittenAndReadAtTheSameTime() {
        String folder = fresh("parallel");
        List<byte[]> contents = Flux.range(0, 16)
                .flatMap(
                        i -> environment()
                                .writeFile(folder + "/" + i, FileContent.text("content of " + i))
                                .then(environment().readFile(folder + "/" + i)),
                        16,
                        1)
                .collectList()
                .block(PATIENCE);
        assertThat(contents).extracting(String::new).hasSize(16).doesNotHaveDuplicates();
    }

    @Test
    default void nothingIsReadOrWrittenBeforeTheSubscription() {
        String path = fresh("cold");
        var write = environment().writeFile(path, FileContent.text("content"));
        var read = environment().readFile(path);
        assertThat(sh("[ -e " + path + " ]").exitCode()).isOne();
        write.block(PATIENCE);
        assertThat(read.block(PATIENCE)).asString().isEqualTo("content");
    }
}
