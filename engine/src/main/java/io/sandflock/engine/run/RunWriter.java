/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Writes to a run's folder, one batch after another. What was asked for while it wrote is written as one batch and brought to the
 * disk once, so that a thousand intents cost a few syncs. Those who ask are told after the sync, on {@code tell}.
 *
 * <p>The first failure is the last write: everything after it fails with the same error.
 */
final class RunWriter {

    private static final int RUNS_AT_ONCE = 8;

    /**
     * Of all runs, and apart from the scheduler that others' blocking work may fill: samples wait for their journal. Never disposed of: who
     * is about to hand it work would meet the lock of its end.
     */
    private static final Scheduler THREADS =
            Schedulers.newBoundedElastic(RUNS_AT_ONCE, Integer.MAX_VALUE, "sandflock-run", 60, true);

    private final Path folder;
    private final Scheduler tell;
    private final Queue<Pending> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final List<Appended> appended = new ArrayList<>(); // of the one drain that runs
    private final Sinks.One<Throwable> failed = Sinks.one();
    private volatile @Nullable Throwable failure = null;

    /** @param folder named in errors */
    RunWriter(Path folder, Scheduler tell) {
        this.folder = folder;
        this.tell = tell;
    }

    /** A file that lines are appended to; opened with the first of them. */
    Appended appendTo(Path file) {
        return new Appended(file);
    }

    /** Queues this piece of work at once; completes when it, and all before it, are on the disk. */
    Mono<Void> write(Work work) {
        return write(work, true);
    }

    /**
     * Queues this piece of work at once; completes when the operating system has it: the end of this process loses nothing of it, the
     * end of the machine may. It reaches the disk with the next {@link #write(Work)}.
     */
    Mono<Void> hand(Work work) {
        return write(work, false);
    }

    private Mono<Void> write(Work work, boolean durable) {
        return ask(new Pending(work, durable, false, Sinks.empty())).publishOn(tell);
    }

    private Mono<Void> ask(Pending pending) {
        queue.add(pending);
        if (asked.getAndIncrement() == 0) {
            THREADS.schedule(this::drain);
        }
        return pending.done.asMono();
    }

    /** Emits the first failure. */
    Mono<Throwable> failed() {
        return failed.asMono();
    }

    /** Writes what is queued and closes the files, after a failure too. What is asked for later fails. */
    Mono<Void> close() {
        return Mono.defer(() -> ask(new Pending(this::closeFiles, false, true, Sinks.empty())));
    }

    private void closeFiles() throws IOException {
        for (Appended file : appended) {
            file.close();
        }
    }

    private void drain() {
        int missed = 1;
        do {
            List<Pending> batch = new ArrayList<>();
            for (Pending next = queue.poll(); next != null; next = queue.poll()) {
                if (next.last) {
                    writeAll(batch);
                    batch.clear();
                    writeLast(next);
                } else {
                    batch.add(next);
                }
            }
            writeAll(batch);
            missed = asked.addAndGet(-missed);
        } while (missed != 0);
    }

    private void writeAll(List<Pending> batch) {
        if (failure == null) {
            try {
                for (Pending pending : batch) {
                    pending.work.write();
                }
                tell(batch, false);
                if (batch.stream().anyMatch(Pending::durable)) {
                    for (Appended file : appended) {
                        file.sync();
                    }
                }
            } catch (IOException | RuntimeException e) {
                fail(e);
            }
        }
        tell(batch, true);
    }

    private void writeLast(Pending closing) {
        if (failure == null) {
            failure = new PermanentException(
                    ErrorCode.CANCELLED, "the run's folder " + folder + " is closed", ErrorContext.NONE);
        }
        try {
            closing.work.write();
            closing.done.tryEmitEmpty();
        } catch (IOException e) {
            closing.done.tryEmitError(e);
        }
    }

    /** @param all those that wait for the disk too; who was told already stays told */
    private void tell(List<Pending> batch, boolean all) {
        Throwable error = failure;
        for (Pending pending : batch) {
            if (error != null) {
                pending.done.tryEmitError(error);
            } else if (all || !pending.durable) {
                pending.done.tryEmitEmpty();
            }
        }
    }

    private void fail(Exception cause) {
        PermanentException error = new PermanentException(
                ErrorCode.FILE_ERROR,
                "the run's folder " + folder + " cannot be written: " + cause
                        + "; free some space or give another folder",
                ErrorContext.NONE,
                cause);
        failure = error;
        failed.tryEmitValue(error);
    }

    /** Blocking work. */
    @FunctionalInterface
    interface Work {

        void write() throws IOException;
    }

    /** @param last closes the files */
    private record Pending(Work work, boolean durable, boolean last, Sinks.Empty<Void> done) {}

    /** A file that only grows. Its methods are of the one drain that runs. */
    final class Appended {

        private final Path file;
        private @Nullable FileChannel channel = null;
        private boolean dirty = false;

        private Appended(Path file) {
            this.file = file;
        }

        void append(byte[] line) throws IOException {
            FileChannel open = channel;
            if (open == null) {
                open = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                channel = open;
                appended.add(this);
            }
            dirty = true;
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                open.write(bytes);
            }
        }

        private void sync() throws IOException {
            FileChannel open = channel;
            if (dirty && open != null) {
                open.force(false);
                dirty = false;
            }
        }

        private void close() throws IOException {
            FileChannel open = channel;
            if (open != null) {
                sync();
                open.close();
                dirty = false;
            }
        }
    }
}
