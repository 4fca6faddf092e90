/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Engine;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.testing.Settled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** Users and processes as the engine sees them, through the whole wire. */
@Timeout(180)
class NamespaceWireTest {

    private static final Duration PATIENCE = Duration.ofSeconds(150);

    /** Zombies that only process 1 could reap, and all processes. */
    private static final ExecRequest LOOK = ExecRequest.shell(
            "n=0 all=0; for f in /proc/[0-9]*/stat; do"
                    + " read -r l <$f || continue; all=$((all+1)); case ${l##*)} in ' Z 1 '*) n=$((n+1)) ;; esac; done; echo $n $all");

    @TempDir
    static Path state;

    private static LocalPlatform local;
    private static Engine engine;

    @BeforeAll
    static void start() {
        Needs.that("root".equals(System.getProperty("user.name")), "only a sandbox of root's has other users");
        NamespaceSubstrate namespaces = NamespaceSubstrate.create(
                new NamespaceOptions(List.of(state), ShellMachineFiles::new, 512, NamespaceOptions.DEFAULT_KEPT_READY));
        local = LocalPlatform.start(LocalOptions.of(namespaces)).block(PATIENCE);
        engine = Sandflock.on(
                        DaytonaPlatform.create(DaytonaSettings.of(local.key()).withUrl(local.url())))
                .build();
    }

    @AfterAll
    static void stop() {
        if (engine != null) {
            engine.closeLater().block(PATIENCE);
            assertThat(Settled.left(local)).isZero();
            local.closeLater().block(PATIENCE);
        }
    }

    private static List<ExecResult> inOneSandbox(ExecRequest... requests) {
        List<ExecResult> results = engine.withSandbox(
                        SandboxRequest.of(SandboxSpec.defaultSnapshot()),
                        sandbox -> Flux.just(requests)
                                .concatMap(request -> sandbox.environment().exec(request), 1)
                                .collectList())
                .block(PATIENCE);
        assertThat(results).hasSize(requests.length);
        return results;
    }

    private static ExecRequest as(String user, String... argv) {
        return ExecRequest.builder(List.of(argv)).user(user).build();
    }

    @Test
    void aCommandRunsAsTheUserNamed() {
        String who = "echo $(id -u):$(id -g):$HOME:$USER";
        assertThat(inOneSandbox(
                        as("root", "sh", "-c", who),
                        as("0", "sh", "-c", who),
                        as("daytona", "sh", "-c", who),
                        as("1000", "sh", "-c", who),
                        as("nobody", "sh", "-c", "id -u; sudo -n id -u"),
                        ExecRequest.shell(who)))
                .extracting(result -> result.stdout().text())
                .containsExactly(
                        "0:0:/root:root\n",
                        "0:0:/root:root\n",
                        "1000:1000:/home/daytona:daytona\n",
                        "1000:1000:/home/daytona:daytona\n",
                        "65534\n",
                        "1000:1000:/home/daytona:daytona\n");
    }

    @Test
    void anUnknownUserIsToldByName() {
        ExecResult result = inOneSandbox(as("nobody-such", "true")).get(0);
        assertThat(result.exitCode()).isEqualTo(126);
        assertThat(result.stderr().text()).contains("user nobody-such: no such user in the sandbox");
    }

    @Test
    void argumentsInputExitCodesAndSignalsSurviveTheChangeOfUser() {
        String odd = "a 'b' \"c\" $d `e` \\ \n\n-x * \001 ü ";
        byte[] input = new byte[100_000];
        for (int i = 0; i < input.length; i++) {
            input[i] = (byte) i;
        }
        List<ExecResult> results = inOneSandbox(
                as("root", "printf", "%s|", odd, "", "-n", "--", "A=b"),
                ExecRequest.builder(List.of("cat")).user("root").stdin(input).build(),
                as("root", "sh", "-c", "exit 7"),
                as("root", "sh", "-c", "kill -9 $$"),
                as("root", "sh", "-c", "kill -TERM $$"),
                ExecRequest.builder(List.of("sh", "-c", "echo \"$A\"; echo $PATH"))
                        .user("root")
                        .env("A", "b\nc")
                        .env("PATH", "/odd:/usr/bin:/bin")
                        .build());
        assertThat(results.get(0).stdout().bytes()).isEqualTo((odd + "||-n|--|A=b|").getBytes(StandardCharsets.UTF_8));
        assertThat(results.get(1).stdout().bytes()).isEqualTo(input);
        assertThat(results.subList(2, 5)).extracting(ExecResult::exitCode).containsExactly(7, 137, 143);
        assertThat(results.get(5).stdout().text()).isEqualTo("b\nc\n/odd:/usr/bin:/bin\n");
    }

    @Test
    void rootInsideMakesAndRemovesUsers() {
        List<ExecResult> results = inOneSandbox(
                as("root", "adduser", "--disabled-password", "--gecos", "", "bob"),
                as("bob", "sh", "-c", "id -un; pwd; cd; pwd; touch mine && stat -c %U mine"),
                as("root", "userdel", "-r", "bob"),
                ExecRequest.shell("id bob"));
        assertThat(results.get(0).exitCode()).as(results.get(0).stderr().text()).isZero();
        assertThat(results.get(1).stdout().text()).startsWith("bob\n").endsWith("/home/bob\nbob\n");
        assertThat(results.get(2).exitCode()).as(results.get(2).stderr().text()).isZero();
        assertThat(results.get(3).stderr().text()).contains("bob");
        assertThat(results.get(3).exitCode()).isEqualTo(1);
    }

    @Test
    void twoHundredCommandsLeaveNoProcess() {
        List<String> looks = engine.withSandbox(
                        SandboxRequest.of(SandboxSpec.defaultSnapshot()),
                        sandbox -> Flux.range(0, 200)
                                .flatMap(
                                        i -> sandbox.environment()
                                                .exec(ExecRequest.shell("(sleep 0.0" + i % 10 + " &) ; echo " + i)),
                                        4,
                                        1)
                                // What a command left in the background may still be on its way out.
                                .thenMany(sandbox.environment().exec(LOOK).repeat(500))
                                .map(result -> result.stdout().text().strip())
                                .takeUntil(NamespaceWireTest::settled)
                                .collectList())
                .block(PATIENCE);
        assertThat(looks).isNotEmpty().last().matches(NamespaceWireTest::settled);
    }

    // Process 1 with its sleep, and the processes of the claim-once program around the command that looks.
    private static boolean settled(String orphansAndAll) {
        String[] counts = orphansAndAll.split(" ");
        return counts[0].equals("0") && Integer.parseInt(counts[1]) < 20;
    }
}
