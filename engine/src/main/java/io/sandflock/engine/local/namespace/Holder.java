/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A running sandbox's keeper and process 1. All methods block. */
final class Holder {

    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 30;

    private final Process keeper;
    private final CompletableFuture<Long> ready = new CompletableFuture<>();
    private final CompletableFuture<Boolean> named = new CompletableFuture<>();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

    private Holder(Process keeper) {
        this.keeper = keeper;
    }

    /**
     * Starts a sandbox; returns once commands can be run in it.
     *
     * @param meanwhile makes what the keeper needs, while its programs start
     */
    static Holder start(List<String> command, Path log, Preparation meanwhile, Executor threads) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().clear();
        Holder holder = new Holder(builder.start());
        threads.execute(holder::follow);
        try {
            meanwhile.run();
            holder.goOn();
        } catch (IOException e) {
            holder.kill();
            throw e;
        }
        try {
            holder.ready.get(START_SECONDS, TimeUnit.SECONDS);
            return holder;
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            holder.kill();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new IOException(reason(log), e);
        }
    }

    private void goOn() throws IOException {
        tell("");
    }

    private void tell(String line) throws IOException {
        keeper.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        keeper.getOutputStream().flush();
    }

    /** Gives the host name to a sandbox that was started without; returns once it has it. */
    void name(String hostname) throws IOException {
        tell(hostname);
        try {
            named.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the sandbox that was kept ready is gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String reason(Path log) {
        try {
            byte[] text = Files.readAllBytes(log);
            String tail = new String(text, 0, Math.min(text.length, 2000), StandardCharsets.UTF_8).strip();
            return tail.isEmpty() ? "no answer from the sandbox's first process" : tail;
        } catch (IOException e) {
            return "no answer from the sandbox's first process";
        }
    }

    /** Process 1, in the host's numbers. */
    long pid() {
        return ready.join();
    }

    /** The keeper, which is in the parent user namespace. */
    long keeperPid() {
        return keeper.pid();
    }

    /** Completes when no process of the sandbox is left. */
    CompletableFuture<Boolean> ended() {
        return ended;
    }

    /** Ends all processes of the sandbox; returns when they are gone. */
    void kill() {
        try {
            keeper.getOutputStream().close();
        } catch (IOException e) {
            // The keeper is gone already, and process 1 was ended by it.
        }
        try {
            if (!keeper.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                keeper.destroyForcibly();
            }
            ended.get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            keeper.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // The last writer of this pipe is process 1, and all others of its namespace die with it: the end of the pipe is
    // the end of the sandbox.
    private void follow() {
        boolean up = false;
        long pid = 0;
        try (BufferedReader lines = keeper.inputReader(StandardCharsets.US_ASCII)) {
            synchronized (keeper.getInputStream()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (ready.isDone()) {
                        if (line.equals("named")) {
                            named.complete(true);
                        }
                        continue;
                    } else if (line.equals("built")) {
                        goOn();
                    } else if (line.equals("up")) {
                        up = true;
                    } else if (line.startsWith("ready ")) {
                        pid = Long.parseLong(line.substring(6));
                    } else {
                        break;
                    }
                    if (up && pid > 0) {
                        ready.complete(pid);
                    }
                }
            }
        } catch (IOException | NumberFormatException e) {
            ready.completeExceptionally(e);
        }
        ready.completeExceptionally(new IOException("the sandbox did not start"));
        named.completeExceptionally(new IOException("the sandbox ended"));
        ended.complete(true);
    }

    /** What a sandbox's start needs. */
    @FunctionalInterface
    interface Preparation {
        void run() throws IOException;
    }
}
