/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import io.sandflock.engine.local.SpawnException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Starts processes of the host.
 *
 * <p>The JDK reads and writes a process's pipes with blocking calls and offers nothing else, so every open output pipe has a daemon
 * thread here, never an event loop or one of Reactor's shared schedulers. Threads are made as they are needed, end after 10 idle
 * seconds, and have small stacks; when {@code maxThreads} are busy a spawn fails with {@link SpawnException} instead of waiting for a
 * thread that a long-running process may never give back.
 *
 * <p>Once its direct child exits, the JDK takes what is in the pipe and closes it, which would cut off children in the background that
 * still write. The reader therefore holds the stream's monitor, which the JDK needs for that, from before the process can
 * write until every writer closed the pipe.
 */
public final class HostProcesses {

    /** Output pipes plus writes under way at the same time, in one JVM. */
    public static final int DEFAULT_MAX_THREADS = 8192;

    private static final Pattern ERRNO = Pattern.compile("error=\\d+, (.*)", Pattern.DOTALL);
    private static final int MAX_STATUS = 4096;

    private final ThreadPoolExecutor threads;
    private final Scheduler scheduler;

    private HostProcesses(String name, int maxThreads) {
        AtomicInteger number = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(0, maxThreads, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(null, task, name + "-" + number.incrementAndGet(), 256 * 1024);
            thread.setDaemon(true);
            return thread;
        });
        this.scheduler = Schedulers.fromExecutorService(threads, name);
    }

    /** Threads are named after {@code name}. Nothing has to be closed: idle threads end by themselves, and all are daemons. */
    public static HostProcesses create(String name, int maxThreads) {
        return new HostProcesses(name, maxThreads);
    }

    /** Where calls of the file system and of processes may block. */
    public Scheduler blocking() {
        return scheduler;
    }

    /**
     * Starts a process; emits once its program is about to run. Cold. A cancel kills what was started. Errors with {@link SpawnException} when
     * it cannot be started: the message is the operating system's.
     */
    public Mono<HostProcess> spawn(Launch launch) {
        return spawned(started -> start(launch, started));
    }

    /**
     * As {@link #spawn(Launch)}, by a shell that stands by for it. When that one is gone before it said that the command is about to run, the
     * command has not begun, and is started as if nobody had stood by. One that does not fit the command is gone before it starts.
     *
     * @param machine the first line for a shell that stands outside of the machine
     */
    public Mono<HostProcess> spawn(Launch launch, Standby standby, String machine) {
        return spawned(started -> start(launch, standby, machine, started))
                // No thread came to use it.
                .doOnError(SpawnException.class, error -> standby.end());
    }

    private Mono<HostProcess> spawned(Consumer<CompletableFuture<HostProcess>> start) {
        return Mono.defer(() -> {
                    CompletableFuture<HostProcess> started = new CompletableFuture<>();
                    threads.execute(() -> start.accept(started));
                    return Mono.fromFuture(started, true).doOnCancel(() -> abandon(started));
                })
                .onErrorMap(RejectedExecutionException.class, HostProcesses::noThread);
    }

    /**
     * Starts a shell that stands by for a command; blocks.
     *
     * @param argv of what is to lead to the command: of the shell that is told of it, to which its program's words are added, or, for a shell
     *     within the machine, of the way into that
     * @param terms of the commands that it can start
     */
    public static Standby standBy(List<String> argv, Standby.Terms terms) throws IOException {
        List<String> command = new ArrayList<>(argv);
        command.addAll(LaunchScript.program(terms.within() ? Standby.LISTEN : "", terms.names(), false));
        checkNames(terms.names());
        return new Standby(begin(command, terms.env(), false), terms);
    }

    // Nobody holds the process that a cancelled spawn still starts, so nobody else can end it.
    private static void abandon(CompletableFuture<HostProcess> started) {
        Mono.fromFuture(started, true)
                .flatMap(process -> process.signal(9).doFinally(end -> process.discard()))
                .onErrorComplete()
                .subscribe();
    }

    private static SpawnException noThread(Throwable cause) {
        return new SpawnException("resource temporarily unavailable");
    }

    private void start(Launch launch, CompletableFuture<HostProcess> started) {
        Process process;
        try {
            checkNames(launch.env().keySet());
            process = begin(LaunchScript.command(launch), launch.env(), launch.mergeStderr());
        } catch (IOException | RuntimeException e) {
            started.completeExceptionally(asSpawnException(e));
            return;
        }
        if (!follow(launch, process, () -> {}, started)) {
            started.completeExceptionally(new SpawnException("no such machine"));
        }
    }

    private void start(Launch launch, Standby standby, String machine, CompletableFuture<HostProcess> started) {
        if (!standby.fits(launch)) {
            standby.leave();
        } else if (follow(launch, standby.process(), () -> standby.tell(machine, launch), started)) {
            return;
        }
        start(launch, started);
    }

    private static void checkNames(Set<String> names) {
        for (String name : names) {
            if (!LaunchScript.isName(name)) {
                throw new SpawnException("invalid environment variable name: '" + name + "'");
            }
        }
    }

    private static Process begin(List<String> command, Map<String, String> env, boolean mergeStderr)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(LaunchScript.environment(env));
        builder.redirectErrorStream(mergeStderr);
        return HostCommand.start(builder);
    }

    /** Returns false when the process was gone before it said anything, so that the command has not begun. */
    private boolean follow(Launch launch, Process process, Word word, CompletableFuture<HostProcess> started) {
        InputStream out = process.getInputStream();
        synchronized (out) {
            PipeReader stdout = new PipeReader();
            PipeReader stderr = new PipeReader();
            String status;
            try {
                followErrors(launch, process, stderr);
                status = toldToBegin(process, word) ? statusLine(out) : "";
            } catch (IOException | RejectedExecutionException e) {
                process.destroyForcibly();
                stderr.discardUnlessTaken();
                started.completeExceptionally(new SpawnException("resource temporarily unavailable"));
                return true;
            }
            if (!status.startsWith("+")) {
                stderr.discardUnlessTaken();
                if (status.startsWith("-")) {
                    started.completeExceptionally(new SpawnException(status.substring(1)));
                }
                return status.startsWith("-");
            }
            String group = status.substring(1);
            started.complete(new HostProcess(process, stdout, stderr, scheduler, n -> signal(launch, group, n)));
            stdout.drain(out);
            return true;
        }
    }

    private void followErrors(Launch launch, Process process, PipeReader stderr) {
        if (launch.mergeStderr()) {
            stderr.end();
        } else {
            CompletableFuture<Boolean> held = new CompletableFuture<>();
            threads.execute(() -> readErrors(process.getErrorStream(), stderr, held));
            held.join();
        }
    }

    // Both pipes have their reader by now. A line that did not arrive whole begins nothing.
    private static boolean toldToBegin(Process process, Word word) {
        try {
            word.tell();
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            return true;
        } catch (IOException e) {
            process.destroyForcibly();
            return false;
        }
    }

    private static void readErrors(InputStream stream, PipeReader reader, CompletableFuture<Boolean> held) {
        synchronized (stream) {
            held.complete(true);
            reader.drain(stream);
        }
    }

    private static String statusLine(InputStream out) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = out.read(); b >= 0 && b != '\n' && line.size() < MAX_STATUS; b = out.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static SpawnException asSpawnException(Exception e) {
        if (e instanceof SpawnException s) {
            return s;
        }
        Matcher errno = ERRNO.matcher(String.valueOf(e.getMessage()));
        return new SpawnException(errno.find() ? errno.group(1).toLowerCase(Locale.ROOT) : "invalid argument");
    }

    private Mono<Void> signal(Launch launch, String group, int signal) {
        return Mono.fromCallable(() -> {
                    List<String> command = new ArrayList<>(launch.enterForSignal());
                    String program =
                            "[ -z \"$1\" ] || { read -r h </proc/sys/kernel/hostname; [ \"$h\" = \"$1\" ] || exit 1; }"
                                    + "; kill -s \"$2\" -- \"-$3\"";
                    command.addAll(List.of(
                            "/bin/sh", "-c", program, "sh", launch.hostname(), Integer.toString(signal), group));
                    return HostCommand.run(command).exitCode();
                })
                .subscribeOn(scheduler)
                .onErrorMap(IOException.class, HostProcesses::asSpawnException)
                .then();
    }

    /** What a process is told before it may begin. */
    @FunctionalInterface
    private interface Word {
        void tell() throws IOException;
    }
}
