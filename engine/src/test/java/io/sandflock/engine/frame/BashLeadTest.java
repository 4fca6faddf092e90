/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BashLeadTest {

    private static final String REST =
            "printf '%s ' 'é😀\\n\ttab'; printf '%s\\n' \"$(printf x)\"\ncat\nline that cat reads é\n";
    private static final String PRINTED = "é😀\\n\ttab x\nline that cat reads é\n";

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"bash", "bash --posix", "dash", "busybox sh", "zsh"})
    void everyShellReadsTheWholeTextOnce(String shell) throws IOException {
        // What a command reads from a shell's own text is the rest of it, but in bash, which has read all of it.
        String rest = REST.replace("cat\n", "cat <<end\n") + "end\n";
        for (String locale : new String[] {"C", "C.UTF-8"}) {
            assertThat(run(shell, lead(rest) + rest, Map.of("LC_ALL", locale))).isEqualTo(PRINTED);
        }
    }

    @Test
    void onlyBashTakesTheRestAtOnce() throws IOException {
        String rest = "read -r line || line=nothing\nprintf %s \"$line\"\n";
        assertThat(run("bash", lead(rest) + rest, Map.of())).isEqualTo("nothing");
        String untouched = run("busybox sh", rest, Map.of());
        assertThat(run("busybox sh", lead(rest) + rest, Map.of())).isEqualTo(untouched);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"dash", "busybox sh"})
    void noEnvironmentMakesABashOfAnotherShell(String shell) throws IOException {
        String rest = "echo $0\n";
        assertThat(run(shell, lead(rest) + rest, Map.of("BASHPID", "1", "RANDOM", "2", "BASH_VERSION", "5")))
                .endsWith("sh\n")
                .hasLineCount(1);
    }

    @Test
    void halfAPairIsCountedAsWhatItMayBecome() {
        assertThat(lead("a\ud83d")).contains(" -N 4 ");
        assertThat(lead("aé€😀")).contains(" -N 10 ");
    }

    private static String lead(String rest) {
        return BashLead.of(BashLead.bytes(rest));
    }

    private static String run(String shell, String text, Map<String, String> env) throws IOException {
        String[] argv = shell.split(" ");
        boolean there =
                Arrays.stream("/usr/bin /bin".split(" ")).anyMatch(f -> Files.isExecutable(Path.of(f, argv[0])));
        assumeTrue(there, shell + " is not installed");
        ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
        builder.environment().putAll(env);
        Process process = builder.start();
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
