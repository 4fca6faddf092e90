/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.pty;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.files.Processes;
import io.sandflock.engine.local.http.HttpError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A terminal with a login shell. What the shell writes before anybody is connected is kept, up to a bound, for the first who
 * comes; whoever comes later sees what is written from then on. Thread-safe.
 */
public final class Pty {

    private static final int KEPT = 64 << 10;
    private static final int CONTROL_LINE = 512;

    private final PtySpec spec;
    private final Machine machine;
    private final Instant createdAt;
    private final Sinks.One<Place> place = Sinks.one();
    private final Sinks.One<PtyEnd> ended = Sinks.one();
    private final Mono<MachineProcess> process;
    private final List<PtyClient> clients = new ArrayList<>();
    private final Deque<byte[]> early = new ArrayDeque<>();
    private int earlyBytes = 0;
    private boolean visited = false;
    private boolean spawned = false;
    private boolean over = false;
    private int cols;
    private int rows;
    private @Nullable String reason = null;

    Pty(PtySpec spec, Machine machine, Instant createdAt) {
        this.spec = spec;
        this.machine = machine;
        this.createdAt = createdAt;
        this.cols = spec.cols();
        this.rows = spec.rows();
        // Once, whoever asks first, and to its end, whoever goes away.
        this.process = Mono.defer(this::spawn).doOnError(this::failed).cache();
    }

    /** The client's id of it. */
    public String id() {
        return spec.id();
    }

    /** What it was opened with. */
    public PtySpec spec() {
        return spec;
    }

    /** When it was asked for. */
    public Instant createdAt() {
        return createdAt;
    }

    /** Columns. */
    public synchronized int cols() {
        return cols;
    }

    /** Lines. */
    public synchronized int rows() {
        return rows;
    }

    /** Whether its shell has not ended. */
    public synchronized boolean isActive() {
        return !over;
    }

    /** Starts the shell unless it runs; completes when it has its terminal. */
    public Mono<Void> start() {
        return process.then(place.asMono()).then();
    }

    /** What the shell writes, from now on, until it ends. Errors when the subscriber {@linkplain #isSlowReader is too slow}. */
    public Flux<byte[]> connect() {
        return Flux.defer(() -> {
            PtyClient client = new PtyClient();
            add(client);
            return client.output().doFinally(end -> remove(client));
        });
    }

    private synchronized void add(PtyClient client) {
        byte[] first = new byte[earlyBytes];
        ByteBuffer all = ByteBuffer.wrap(first);
        early.forEach(all::put);
        early.clear();
        earlyBytes = 0;
        visited = true;
        if (first.length > 0) {
            client.offer(first);
        }
        if (over) {
            client.complete();
        } else {
            clients.add(client);
        }
    }

    private synchronized void remove(PtyClient client) {
        clients.remove(client);
    }

    /** Whether an error of {@link #connect} says that its subscriber was too slow. */
    public static boolean isSlowReader(Throwable error) {
        return error instanceof PtyClient.SlowReader;
    }

    /** How the shell ended, once it has. */
    public Mono<PtyEnd> ended() {
        return ended.asMono();
    }

    /** Types. Completes when the terminal took it, or is gone. */
    public Mono<Void> write(Publisher<ByteBuffer> bytes) {
        // What is typed before there is a terminal would be echoed by whatever is there.
        return place.asMono()
                .flatMap(known -> process)
                .flatMap(running -> running.write(bytes))
                .onErrorComplete();
    }

    /** Changes the size; the processes in the foreground are told. 410 when the shell has ended. */
    public Mono<Void> resize(int newCols, int newRows) {
        return Mono.defer(() -> {
            synchronized (this) {
                if (over) {
                    return Mono.error(new HttpError(410, "GONE", "PTY session has terminated"));
                }
                cols = newCols;
                rows = newRows;
                if (!spawned && spec.lazy()) {
                    return Mono.empty();
                }
            }
            return place.asMono()
                    .flatMap(known -> Processes.run(
                            machine,
                            PtyPrograms.RESIZE,
                            List.of(known.terminal(), Integer.toString(newCols), Integer.toString(newRows)),
                            1 << 12))
                    .flatMap(done -> done.exitCode() == 0
                            ? Mono.<Void>empty()
                            : Mono.error(new HttpError(410, "GONE", "the terminal is gone")));
        });
    }

    /** Ends the shell and all in its session. Completes when they are gone; also when they were before. */
    Mono<Void> kill() {
        return Mono.defer(() -> {
            synchronized (this) {
                if (over) {
                    return Mono.empty();
                }
                reason = "terminated";
                if (!spawned && spec.lazy()) {
                    end(new PtyEnd(137, Optional.of("terminated")));
                    return Mono.empty();
                }
            }
            return place.asMono()
                    .flatMap(known -> Processes.run(machine, PtyPrograms.HANG_UP, List.of(known.session()), 1 << 12))
                    .then(process.flatMap(running -> running.signal(9)))
                    // A machine that is gone has taken its processes with it.
                    .onErrorComplete()
                    .then();
        });
    }

    private Mono<MachineProcess> spawn() {
        int width;
        int height;
        synchronized (this) {
            if (over) {
                return Mono.error(new HttpError(410, "GONE", "PTY session has terminated"));
            }
            spawned = true;
            width = cols;
            height = rows;
        }
        Map<String, String> env = new HashMap<>(Map.of("TERM", "xterm-256color"));
        env.putAll(spec.env());
        ProcessSpec shell =
                new ProcessSpec(PtyPrograms.open(spec, width, height, machine.shell()), spec.cwd(), env, false);
        return machine.spawn(shell).doOnNext(this::listen);
    }

    /** The pumps run as long as the shell does, whoever is connected, and end with its pipes. */
    private void listen(MachineProcess running) {
        StringBuilder control = new StringBuilder();
        running.stderr().subscribe(bytes -> told(control, bytes), this::failed);
        Mono<Boolean> read = running.stdout().doOnNext(this::heard).then(Mono.just(true));
        Mono.zip(running.exit(), read).subscribe(both -> end(new PtyEnd(both.getT1(), why())), this::failed);
    }

    private synchronized Optional<String> why() {
        return Optional.ofNullable(reason);
    }

    private void told(StringBuilder control, ByteBuffer bytes) {
        if (control.length() > CONTROL_LINE) {
            return;
        }
        control.append(StandardCharsets.US_ASCII.decode(bytes.duplicate()));
        int end = control.indexOf("\n");
        if (end < 0) {
            return;
        }
        String line = control.substring(0, end);
        if (line.matches("/dev/[a-z0-9/]{1,64} \\d{1,9}")) {
            String[] words = line.split(" ");
            Sinks.EmitResult ignored = place.tryEmitValue(new Place(words[0], words[1]));
        } else {
            failed(HttpError.internal(
                    "failed to start PTY: the sandbox has neither util-linux's script nor python3, or no /dev/pts"));
        }
    }

    private synchronized void heard(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        if (visited) {
            clients.removeIf(client -> !client.offer(bytes));
            return;
        }
        early.add(bytes);
        earlyBytes += bytes.length;
        while (earlyBytes > KEPT) {
            earlyBytes -= early.remove().length;
        }
    }

    private void failed(Throwable error) {
        Sinks.EmitResult ignored = place.tryEmitError(error);
        end(new PtyEnd(-1, Optional.of("failed to run")));
    }

    private synchronized void end(PtyEnd how) {
        if (over) {
            return;
        }
        over = true;
        Sinks.EmitResult ignored = place.tryEmitError(new HttpError(410, "GONE", "PTY session has terminated"));
        Sinks.EmitResult unused = ended.tryEmitValue(how);
        List.copyOf(clients).forEach(PtyClient::complete);
        clients.clear();
    }

    /**
     * Where a shell is.
     *
     * @param terminal its device, within the machine
     * @param session its session's number, within the machine
     */
    private record Place(String terminal, String session) {}
}
