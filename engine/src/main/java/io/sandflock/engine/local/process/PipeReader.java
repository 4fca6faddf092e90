/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * One output pipe of a process, read by a thread of its own as far as the subscriber asks. A cancelled pipe is read on and
 * thrown away, so that the process does not hang on a full pipe.
 */
final class PipeReader extends Flux<ByteBuffer> implements Subscription {

    private static final int CHUNK = 32 * 1024;

    private enum Use {
        FREE,
        TAKEN,
        DISCARDED
    }

    private final AtomicReference<Use> use = new AtomicReference<>(Use.FREE);
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private final Object lock = new Object();
    private long demand;
    private boolean cancelled;
    private boolean ended;
    private @Nullable CoreSubscriber<? super ByteBuffer> subscriber;

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
        if (!use.compareAndSet(Use.FREE, Use.TAKEN)) {
            if (use.get() == Use.DISCARDED) {
                // Its process was ended before anybody came to read.
                Operators.complete(actual);
            } else {
                Operators.error(actual, new IllegalStateException("a process's output has one subscriber"));
            }
            return;
        }
        actual.onSubscribe(this);
        synchronized (lock) {
            subscriber = actual;
            if (!ended) {
                lock.notifyAll();
                return;
            }
        }
        actual.onComplete();
    }

    @Override
    public void request(long n) {
        synchronized (lock) {
            demand = Operators.addCap(demand, n);
            lock.notifyAll();
        }
    }

    @Override
    public void cancel() {
        synchronized (lock) {
            cancelled = true;
            lock.notifyAll();
        }
    }

    /** The pipe's bytes are of no use any more: its reader ends even if nobody subscribed. */
    void discardUnlessTaken() {
        if (use.compareAndSet(Use.FREE, Use.DISCARDED)) {
            cancel();
        }
    }

    /** Reads to the end of the stream; runs on a thread that may block, which holds the stream's monitor. */
    void drain(InputStream stream) {
        byte[] buffer = new byte[CHUNK];
        try {
            for (boolean live = awaitDemand(); ; live = live && awaitDemand()) {
                int n = stream.read(buffer);
                if (n < 0) {
                    break;
                }
                emit(n == buffer.length ? buffer.clone() : Arrays.copyOf(buffer, n));
            }
        } catch (IOException e) {
            // The pipe was closed under us: the process is gone, which is the end of its output.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end();
    }

    private boolean awaitDemand() throws InterruptedException {
        synchronized (lock) {
            while (!cancelled && (subscriber == null || demand == 0)) {
                lock.wait();
            }
            return !cancelled;
        }
    }

    private void emit(byte[] bytes) {
        CoreSubscriber<? super ByteBuffer> to;
        synchronized (lock) {
            if (cancelled || subscriber == null) {
                return;
            }
            to = subscriber;
            demand = demand == Long.MAX_VALUE ? demand : demand - 1;
        }
        to.onNext(ByteBuffer.wrap(bytes));
    }

    /** Completes when nothing more can come and its thread is free. */
    CompletableFuture<Boolean> done() {
        return done;
    }

    void end() {
        done.complete(true);
        CoreSubscriber<? super ByteBuffer> to;
        synchronized (lock) {
            ended = true;
            to = cancelled ? null : subscriber;
        }
        if (to != null) {
            to.onComplete();
        }
    }
}
