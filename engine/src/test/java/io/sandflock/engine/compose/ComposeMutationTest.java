/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import static org.assertj.core.api.Assertions.fail;

import io.sandflock.InvalidInputException;
import io.sandflock.SandboxSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compose files and environment files with random bytes changed are planned, or refused with file and line; nothing else comes out. */
class ComposeMutationTest {

    private static final String COMPOSE = """
            x-a: &a {image: "i:${A:-1}", environment: {A: $$1, B: }}
            x-daytona: {timeout: "60", resources: {cpu: 1}, labels: {a: b}, network_allow_list: 10.0.0.0/8}
            include: [{path: inc.yaml, env_file: e.env}]
            services:
              web: {<<: *a, ports: [80, "1-2:3-4/udp"], volumes: [".:/w:ro,z", "d:/d"], depends_on: {db: {condition: service_healthy}}}
              db:
                build: {context: ., args: [A, B=2], target: t, additional_contexts: {x: "."}}
                env_file: [e.env, {path: none.env, required: false}]
                healthcheck: {test: [CMD, x], interval: 1m2.5s, retries: 3, start_period: 5s}
                deploy: {resources: {limits: {cpus: "0.5", memory: 1.5gb}, reservations: {devices: [{count: all, capabilities: [gpu]}]}}}
                ulimits: {nofile: {soft: 1, hard: 2}}
                extra_hosts: ["a=1.1.1.1"]
                extends: {file: inc.yaml, service: base}
                secrets: [s]
                networks: {n: {aliases: [q]}}
            volumes: {d: {driver_opts: {a: 1}}}
            secrets: {s: {file: e.env}}
            networks: {n: {ipam: {config: [{subnet: 10.0.0.0/8}]}}}
            """;
    private static final String INCLUDED = "services:\n  base: {image: x, gpus: [{count: 1}], mem_limit: 5m}\n";
    private static final String ENVIRONMENT = "A=1 # c\nexport B=\"a\\n${A:-x}\"\nC='x y'\nD\nE: f$$\n";
    private static final String SYNTAX = "{}[]:,\"'&*-|<>\n\r\t\0\\#!~ $?+=/.";

    private static final int ROUNDS = 400;

    @TempDir
    private Path folder;

    @Test
    void changedBytesArePlannedOrRefused() throws IOException {
        long seed = Long.getLong("sandflock.seed", 20261128);
        Random random = new Random(seed);
        int planned = 0;
        Files.writeString(folder.resolve("Dockerfile"), "FROM x");
        for (int round = 0; round < ROUNDS; round++) {
            int which = random.nextInt(3);
            write("compose.yaml", COMPOSE, which == 0, random);
            write("inc.yaml", INCLUDED, which == 1, random);
            write("e.env", ENVIRONMENT, which == 2, random);
            planned += plan("seed " + seed + ", round " + round);
        }
        if (planned == 0 || planned == ROUNDS) {
            fail(planned + " of " + ROUNDS + " were planned: nothing was tried");
        }
    }

    private void write(String name, String text, boolean mutated, Random random) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = mutated ? random.nextInt(4) : -1; i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = random.nextBoolean()
                    ? (byte) random.nextInt(256)
                    : (byte) SYNTAX.charAt(random.nextInt(SYNTAX.length()));
        }
        Files.write(folder.resolve(name), bytes);
    }

    private int plan(String at) throws IOException {
        SandboxPlanner planner = new SandboxPlanner(PlannerSettings.defaults().withEnvironment(Map.of("B", "b")));
        try {
            planner.planNow(new SandboxSpec.Compose(folder.resolve("compose.yaml")), Optional.empty());
            return 1;
        } catch (InvalidInputException e) {
            String position = Pattern.quote(folder.toString()) + "/[^\\n]*:\\d+: .+";
            if (!e.getMessage().matches("(?s)" + position)) {
                fail(at + ": refused without file and line: " + e.getMessage());
            }
            return 0;
        } catch (RuntimeException | StackOverflowError e) {
            return fail(at + ":\n" + Files.readString(folder.resolve("compose.yaml"), StandardCharsets.ISO_8859_1), e);
        }
    }
}
