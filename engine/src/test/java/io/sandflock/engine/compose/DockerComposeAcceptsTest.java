/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sent into a sandbox is a compose file: {@code docker compose} itself reads every model of the golden files. */
class DockerComposeAcceptsTest {

    private static final Pattern MODEL = Pattern.compile("(?ms)^=== model\\n(.*?)(?=^=== |\\z)");
    /** Newer than the Compose of Debian 13, 2.26. */
    private static final Pattern TOO_NEW = Pattern.compile("\\s*\"gpus\" : (\"all\"|\\[ \\{[^}]*\\} \\]),?");

    @TempDir
    private Path folder;

    @Test
    void dockerComposeReadsEveryModel() throws IOException, InterruptedException {
        if (run("version").code != 0) {
            String why = "docker compose is needed; install it with: eval \"$(.ci/docker-engine start)\"";
            if ("true".equals(System.getenv("CI"))) {
                fail(why);
            }
            abort(why);
        }
        int read = 0;
        for (Path file : cases()) {
            Matcher model = MODEL.matcher(Files.readString(file));
            if (model.find()) {
                String text = TOO_NEW.matcher(model.group(1)).replaceAll("");
                Path json = Files.writeString(folder.resolve("compose.json"), text);
                Result result =
                        run("--project-directory", folder.toString(), "-f", json.toString(), "config", "--quiet");
                assertThat(result.code).as(file + ": " + result.output).isZero();
                read++;
            }
        }
        assertThat(read).isGreaterThan(12);
    }

    private static List<Path> cases() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/plans"))) {
            return files.sorted().toList();
        }
    }

    private record Result(int code, String output) {}

    private static Result run(String... words) throws IOException, InterruptedException {
        List<String> command =
                Stream.concat(Stream.of("docker", "compose"), Stream.of(words)).toList();
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            try (InputStream output = process.getInputStream()) {
                String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
                return new Result(process.waitFor(), text);
            }
        } catch (IOException e) {
            return new Result(127, String.valueOf(e.getMessage()));
        }
    }
}
