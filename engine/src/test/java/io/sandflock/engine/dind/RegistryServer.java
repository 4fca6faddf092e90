/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A registry of images: Debian's {@code docker-registry}, a process of this machine, which {@code SANDFLOCK_TEST_REGISTRY} names. The
 * engine reaches it on loopback, sandboxes by the address of the engine's bridge.
 */
final class RegistryServer implements AutoCloseable {

    private final Process process;
    private final int port;
    private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();

    private RegistryServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** @param closed whether it asks everybody for a name and a password that nobody has */
    static RegistryServer start(Path folder, boolean closed) throws IOException {
        String program = System.getenv("SANDFLOCK_TEST_REGISTRY");
        if (program == null) {
            String why = "SANDFLOCK_TEST_REGISTRY must name Debian's docker-registry; .ci/run unpacks it";
            if (Boolean.parseBoolean(System.getenv("CI"))) {
                fail(why);
            }
            abort(why);
        }
        int port = freePort();
        Path users = Files.writeString(folder.resolve("users"), "");
        Path config = Files.writeString(folder.resolve("registry.yml"), """
                version: 0.1
                log: {level: info}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: "0.0.0.0:%d"}
                %s
                """.formatted(
                folder.resolve("images"), port, closed ? "auth: {htpasswd: {realm: test, path: " + users + "}}" : ""));
        Process process = new ProcessBuilder(Objects.requireNonNull(program), "serve", config.toString())
                .redirectErrorStream(true)
                .start();
        RegistryServer server = new RegistryServer(process, port);
        server.awaitListening();
        return server;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitListening() {
        CompletableFuture<Boolean> listening = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(listening), "registry-log");
        reader.setDaemon(true);
        reader.start();
        if (!listening.completeOnTimeout(false, 30, TimeUnit.SECONDS).join()) {
            close();
            throw new IllegalStateException("the registry does not listen: " + log);
        }
    }

    private void read(CompletableFuture<Boolean> listening) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.add(line);
                if (line.contains("listening on")) {
                    listening.complete(true);
                }
            }
        } catch (IOException e) {
            log.add(e.toString());
        }
        listening.complete(false);
    }

    /** Where sandboxes reach it. */
    String address() {
        return docker("network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}")
                        .strip() + ":" + port;
    }

    /** Stores an image of the engine's under this name. */
    void push(String image, String name) {
        // The engine takes loopback without TLS.
        String there = "127.0.0.1:" + port + "/" + name;
        docker("tag", image, there);
        try {
            docker("push", "-q", there);
        } finally {
            docker("image", "rm", there);
        }
    }

    /** Requests that were answered with what layers and configurations are made of, as its log has them. */
    List<String> blobsSent() {
        return log.stream()
                .filter(line ->
                        line.contains("\"GET /v2/") && line.contains("/blobs/sha256:") && line.contains("\" 200 "))
                .collect(Collectors.toList());
    }

    /** What {@code docker} prints. */
    static String docker(String... words) {
        List<String> command = new java.util.ArrayList<>(List.of("docker"));
        command.addAll(List.of(words));
        try {
            Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
            run.getOutputStream().close();
            try (InputStream out = run.getInputStream()) {
                String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
                if (run.waitFor() != 0) {
                    throw new IllegalStateException(command + " failed: " + text);
                }
                return text;
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
