/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import io.sandflock.engine.local.MachineProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A running process; made by {@link HostProcesses}. */
public final class HostProcess implements MachineProcess {

    private final Process process;
    private final PipeReader stdout;
    private final PipeReader stderr;
    private final CompletableFuture<Integer> code;
    private final Mono<Integer> exit;
    private final Scheduler blocking;
    private final SignalSender signals;
    private final Object stdinOrder = new Object();

    HostProcess(Process process, PipeReader stdout, PipeReader stderr, Scheduler blocking, SignalSender signals) {
        this.process = process;
        this.stdout = stdout;
        this.stderr = stderr;
        this.blocking = blocking;
        this.signals = signals;
        this.code = process.onExit().thenApply(Process::exitValue);
        this.exit = Mono.fromFuture(code, true);
    }

    @Override
    public Flux<ByteBuffer> stdout() {
        return stdout;
    }

    @Override
    public Flux<ByteBuffer> stderr() {
        return stderr;
    }

    @Override
    public Mono<Void> write(Publisher<ByteBuffer> bytes) {
        return Flux.from(bytes)
                .concatMap(chunk -> Mono.fromCallable(() -> send(chunk)).subscribeOn(blocking), 1)
                .onErrorComplete(IOException.class)
                .then();
    }

    @Override
    public Mono<Void> closeStdin() {
        return Mono.fromCallable(this::close)
                .subscribeOn(blocking)
                .onErrorComplete(IOException.class)
                .then();
    }

    @Override
    public Mono<Integer> exit() {
        return exit;
    }

    @Override
    public Mono<Void> signal(int signal) {
        return signals.send(signal);
    }

    /** Runs a task when the process ended and both of its outputs were read to their ends. */
    public void onEnd(Runnable task) {
        var unused =
                CompletableFuture.allOf(code, stdout.done(), stderr.done()).whenComplete((end, error) -> task.run());
    }

    /** Reads outputs that nobody subscribed to to their ends and throws them away. For processes that were killed or that nobody waits for. */
    public void discard() {
        stdout.discardUnlessTaken();
        stderr.discardUnlessTaken();
    }

    private boolean send(ByteBuffer chunk) throws IOException {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.get(bytes);
        OutputStream stdin = process.getOutputStream();
        synchronized (stdinOrder) {
            stdin.write(bytes);
            stdin.flush();
        }
        return true;
    }

    private boolean close() throws IOException {
        synchronized (stdinOrder) {
            process.getOutputStream().close();
        }
        return true;
    }

    /** Sends a signal to the process's group. */
    @FunctionalInterface
    interface SignalSender {
        Mono<Void> send(int signal);
    }
}
