/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.PermanentException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a command gets is what was given: arguments, variables, standard input. */
public interface InputClaims extends EnvironmentUnderTest {

    /** A request with standard input. */
    static ExecRequest input(byte[] bytes, String... argv) {
        return ExecRequest.builder(List.of(argv)).stdin(bytes).build();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** {@code exec_env_vars}. */
    @Test
    @InspectCheck(33)
    default void variablesAreSetAsGiven() {
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "echo $ONE; echo $TWO"))
                .env(Map.of("ONE", "chonko zamboodle", "TWO", "zeddle_zom"))
                .build();
        assertThat(exec(request).stdout().text()).isEqualTo("chonko zamboodle\nzeddle_zom\n");
    }

    /** {@code exec_input_text}. */
    @Test
    @InspectCheck(34)
    default void textComesOnStandardInput() {
        assertThat(exec(input(utf8("hello\nworld\n"), "cat")).stdout().text()).isEqualTo("hello\nworld\n");
        ExecResult empty = exec(input(new byte[0], "cat"));
        assertThat(empty.success()).isTrue();
        assertThat(empty.stdout().bytes()).isEmpty();
    }

    /** {@code exec_input_shell_special}. */
    @Test
    @InspectCheck(35)
    default void standardInputIsNotReadByAShell() {
        String text = "$HOME `whoami` 'single' \"double\" \\backslash $(id) \\n\n";
        assertThat(exec(input(utf8(text), "cat")).stdout().text()).isEqualTo(text);
    }

    /** {@code exec_input_binary}. */
    @Test
    @InspectCheck(36)
    default void bytesComeOnStandardInput() {
        String path = fresh("input");
        byte[] bytes = {(byte) 0xc3, 0x28, 0, (byte) 0xff, 1, 2, 'b', 'y', 't', 'e', 's'};
        assertThat(exec(input(bytes, "sh", "-c", "cat > " + path)).success()).isTrue();
        assertThat(read(path)).isEqualTo(bytes);
    }

    /** {@code exec_input_large}. */
    @Test
    @InspectCheck(37)
    default void fiftyMebibytesComeOnStandardInput() {
        byte[] bytes = new byte[50 << 20];
        Arrays.fill(bytes, (byte) 'a');
        ExecResult result = exec(input(bytes, "wc", "-c"));
        assertThat(result.stdout().text().strip()).isEqualTo("52428800");
    }

    /** {@code exec_large_command}. */
    @Test
    @InspectCheck(38)
    default void oneMebibyteOfArgumentsComesThrough() {
        List<String> argv = new ArrayList<>(List.of("printf", "%s"));
        argv.addAll(Collections.nCopies(16, "x'".repeat(32 << 10)));
        ExecResult result = exec(ExecRequest.builder(argv).build());
        assertThat(result.success()).isTrue();
        assertThat(result.stdout().text()).isEqualTo("x'".repeat(16 * (32 << 10)));
    }

    @Test
    default void argumentsAreNeverReadByAShell() {
        List<String> hard = new ArrayList<>(List.of(
                "", " ", "a b", "it's", "''", "\"", "$HOME", "`id`", "$(id)", "\\", "\\n", "a\nb", "\n", "*", "~"));
        hard.addAll(List.of(
                "\u00e9\ud83d\ude00",
                "-n",
                "--",
                "\t",
                "#x",
                "!!",
                "%s",
                "\r\n",
                "\u0001\u007f",
                "a;b",
                "a&b",
                "{a,b}"));
        for (String argument : hard) {
            ExecResult result = exec(ExecRequest.of("printf", "%s|", argument, "end"));
            assertThat(result.stdout().text()).as(argument).isEqualTo(argument + "|end|");
        }
        List<String> all = new ArrayList<>(List.of("printf", "<%s>"));
        all.addAll(hard);
        assertThat(exec(ExecRequest.builder(all).build()).stdout().text())
                .isEqualTo("<" + String.join("><", hard) + ">");
    }

    @Test
    default void anArgumentWithANulIsRefused() {
        assertThatThrownBy(() -> ExecRequest.of("echo", "a\0b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("embedded null byte");
    }

    @Test
    default void anArgumentOfAlmost128KibComesThrough() {
        ExecResult result = exec(ExecRequest.of("printf", "%s", "y".repeat((128 << 10) - 1)));
        assertThat(result.stdout().size()).isEqualTo((128 << 10) - 1);
    }

    @Test
    default void anArgumentThatTheKernelRefusesIsSaid() {
        String said;
        try {
            ExecResult result = exec(ExecRequest.of("printf", "%s", "y".repeat(256 << 10)));
            assertThat(result.success()).isFalse();
            said = result.stderr().text();
        } catch (PermanentException error) {
            said = error.getMessage();
        }
        assertThat(said).contains("too long");
    }

    @Test
    default void aVariableOfAlmost128KibComesThrough() {
        String value = "v".repeat((128 << 10) - 1 - "SANDFLOCK_VAR_1=".length());
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "printf %s \"$LARGE\""))
                .env("LARGE", value)
                .build();
        assertThat(exec(request).stdout().text()).isEqualTo(value);
    }

    @Test
    default void aVariableThatTheKernelRefusesIsSaid() {
        ExecRequest request = ExecRequest.builder(List.of("true"))
                .env("LARGE", "v".repeat(128 << 10))
                .build();
        assertThatThrownBy(() -> exec(request))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("variable LARGE is too long")
                .hasMessageNotContaining("vvvv");
        assertThatThrownBy(() -> environment().execStream(request).blockLast(PATIENCE))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("variable LARGE is too long");
    }

    @Test
    default void moreArgumentsAndVariablesThanTheSandboxCanTakeAreSaid() {
        List<String> argv = new ArrayList<>(List.of("true"));
        argv.addAll(Collections.nCopies(44, "y".repeat(127 << 10)));
        assertThatThrownBy(() -> exec(ExecRequest.builder(argv).build()))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("too long");
        ExecRequest.Builder request = ExecRequest.builder(List.of("true"));
        for (int i = 0; i < 44; i++) {
            request.env("LARGE" + i, "v".repeat(127 << 10));
        }
        assertThatThrownBy(() -> exec(request.build()))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("too long");
    }

    @Test
    default void variablesMayHoldAnyCharacter() {
        List<String> values = List.of(
                "",
                " ",
                "it's \"quoted\"\nin two lines\n",
                "a=b=c",
                "$HOME",
                "`id`",
                "\\",
                "*",
                "\r\n",
                "\u00e9\ud83d\ude00",
                "-n");
        for (String value : values) {
            ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "printf %s \"${V-unset}\""))
                    .env("V", value)
                    .build();
            assertThat(exec(request).stdout().text()).isEqualTo(value);
        }
    }

    @Test
    default void variablesOfOneCommandAreNotThoseOfTheNext() {
        exec(ExecRequest.builder(List.of("true")).env("ONCE", "1").build());
        assertThat(out("echo \"${ONCE-unset}\"")).isEqualTo("unset\n");
    }

    @Test
    default void aVariableMayReplaceOneOfTheEnvironments() {
        ExecRequest request = ExecRequest.builder(List.of("/bin/sh", "-c", "echo $HOME; echo $PATH"))
                .env("HOME", "/elsewhere")
                .env("PATH", "/usr/bin:/bin:/odd path")
                .build();
        assertThat(exec(request).stdout().text()).isEqualTo("/elsewhere\n/usr/bin:/bin:/odd path\n");
    }

    @Test
    default void standardInputThatIsNotGivenIsAtItsEnd() {
        assertThat(exec(ExecRequest.of("cat")).stdout().bytes()).isEmpty();
        assertThat(sh("read -r line; echo $?").stdout().text()).isEqualTo("1\n");
    }

    @Test
    default void aCommandNeedNotReadItsInput() {
        assertThat(exec(input(new byte[8 << 20], "true")).exitCode()).isZero();
        assertThat(exec(input(utf8("a\nb\nc\n"), "head", "-n", "1")).stdout().text())
                .isEqualTo("a\n");
    }

    @Test
    default void inputAndArgumentsMayBothBeLarge() {
        List<String> argv = new ArrayList<>(List.of("sh", "-c", "cat | wc -c; echo $#; echo \"$V\" | wc -c", "sh"));
        argv.addAll(Collections.nCopies(10, "z".repeat(60_000)));
        ExecRequest request = ExecRequest.builder(argv)
                .stdin(new byte[5 << 20])
                .env("V", "v".repeat(100_000))
                .build();
        assertThat(exec(request).stdout().text().replace(" ", "")).isEqualTo("5242880\n10\n100001\n");
    }

    @Test
    default void whatIsLargeLeavesNothingInTheTemporaryDirectory() {
        assumeTrue(machineIsItsOwn(), "the machine is somebody's, who may write there meanwhile");
        String before = out("ls -A /tmp | sort");
        byte[] large = new byte[3 << 20];
        assertThat(exec(input(large, "sh", "-c", "ls -A /tmp | sort")).stdout().text())
                .isEqualTo(before);
        assertThat(out("ls -A /tmp | sort")).isEqualTo(before);
    }
}
