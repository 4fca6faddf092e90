/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.TransientException;
import io.sandflock.engine.frame.ShellWords;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.platform.Toolbox.TerminalCall;
import io.sandflock.engine.platform.Toolbox.TerminalEvent;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A command, or a shell, on a terminal in a sandbox, with this program's terminal as its window. */
final class TerminalRun {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.cli");
    private static final int KEYS = 16 << 10;

    private final Terminal terminal;
    private final Tty tty;
    private final List<String> argv;
    private final Optional<String> cwd;
    private final Map<String, String> env;
    private final String id = "%016x".formatted(ThreadLocalRandom.current().nextLong());
    private final AtomicBoolean begun = new AtomicBoolean();
    private final Sinks.Many<Boolean> sizes = Sinks.many().multicast().directBestEffort();

    /** @param argv empty for the login shell itself */
    TerminalRun(Terminal terminal, Tty tty, List<String> argv, Optional<String> cwd, Map<String, String> env) {
        this.terminal = terminal;
        this.tty = tty;
        this.argv = List.copyOf(argv);
        this.cwd = cwd;
        this.env = Map.copyOf(env);
    }

    /**
     * Runs to the end; emits the exit code. On cancel the terminal in the sandbox is ended. This one is restored in any case.
     *
     * @param hangUp ends the terminal in the sandbox; without an exit code, once it is gone
     */
    Mono<Integer> on(Toolbox toolbox, Mono<Void> hangUp) {
        return Mono.defer(() -> {
            begun.set(true);
            Signals.on("WINCH", () -> sizes.tryEmitNext(true));
            return Mono.usingWhen(
                    Mono.just(tty),
                    here -> prepared(toolbox)
                            .then(blocking(() -> {
                                here.raw();
                                return here.size();
                            }))
                            .flatMap(size -> converse(toolbox, size, hangUp)),
                    here -> Mono.<Void>fromRunnable(here::restore).subscribeOn(Schedulers.boundedElastic()));
        });
    }

    /** As {@code hangUp}, as long as {@link #on} has not begun: then nothing hears it, and what is waited for is to be given up. */
    Mono<Void> before(Mono<Void> hangUp) {
        return hangUp.then(Mono.defer(() -> begun.get() ? Mono.never() : Mono.empty()));
    }

    /** The command travels as a file, so that what is typed is short, and is no secret. */
    private Mono<Void> prepared(Toolbox toolbox) {
        if (argv.isEmpty()) {
            return Mono.empty();
        }
        StringBuilder text = new StringBuilder("rm -rf '" + folder() + "'\nprintf %s '" + mark() + "'\nexec");
        argv.forEach(word -> ShellWords.quote(text.append(' '), word));
        byte[] bytes = text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
        return toolbox.upload(List.of(
                new Upload(folder() + "/command", Mono.fromSupplier(() -> ByteBuffer.wrap(bytes)), bytes.length)));
    }

    private String folder() {
        return "/var/tmp/.sandflock-tty-" + id;
    }

    private String mark() {
        return argv.isEmpty() ? "" : "\u001e" + id + "\u001e";
    }

    private Mono<Integer> converse(Toolbox toolbox, Tty.Size size, Mono<Void> hangUp) {
        TerminalCall call = new TerminalCall("sandflock-" + id, cwd, env, size.cols(), size.rows());
        FromMark shown = new FromMark(mark());
        AtomicBoolean hungUp = new AtomicBoolean();
        return toolbox.terminal(call, typed(), hangUp.doOnSuccess(done -> hungUp.set(true)))
                .takeUntilOther(resizes(toolbox, call.id()).then(Mono.never()))
                // The screen may be slow, and writing to it blocks.
                .publishOn(Schedulers.boundedElastic(), 8)
                .doOnNext(event -> show(event, shown))
                .ofType(TerminalEvent.Exited.class)
                // Not the next: that would cancel, and not wait until the terminal is deleted.
                .takeLast(1)
                .next()
                .map(exited -> exited.exitCode() & 0xff)
                .switchIfEmpty(Mono.defer(() -> hungUp.get() ? Mono.empty() : Mono.error(endless())));
    }

    private static TransientException endless() {
        return new TransientException(
                ErrorCode.UNREACHABLE, "the terminal ended without an exit code", ErrorContext.NONE, null);
    }

    private Flux<ByteBuffer> typed() {
        // The blank keeps it out of the shell's history.
        Flux<ByteBuffer> line = argv.isEmpty()
                ? Flux.empty()
                : Flux.just(
                        ByteBuffer.wrap((" exec /bin/sh " + folder() + "/command\n").getBytes(StandardCharsets.UTF_8)));
        return line.concatWith(keys());
    }

    /**
     * Keys as they are pressed. Nothing can end the wait for the next one but the end of the program: so it has a thread of its own, which a
     * pool would give to others while it waits.
     */
    private static Flux<ByteBuffer> keys() {
        return Flux.using(
                () -> Schedulers.newSingle("sandflock-keys", true),
                thread -> Flux.<ByteBuffer>generate(TerminalRun::nextKeys).subscribeOn(thread),
                Scheduler::dispose);
    }

    private static void nextKeys(SynchronousSink<ByteBuffer> sink) {
        byte[] keys = new byte[KEYS];
        try {
            int count = System.in.read(keys);
            if (count < 0) {
                sink.complete();
            } else {
                sink.next(ByteBuffer.wrap(keys, 0, count));
            }
        } catch (IOException e) {
            sink.error(e);
        }
    }

    private Flux<Boolean> resizes(Toolbox toolbox, String terminalId) {
        return sizes.asFlux()
                .onBackpressureLatest()
                .concatMap(
                        changed -> blocking(tty::size)
                                .flatMap(size -> toolbox.resizeTerminal(terminalId, size.cols(), size.rows()))
                                .onErrorResume(error -> {
                                    // The next change tries again, and a line here would spoil the screen.
                                    LOG.debug("the terminal could not be resized", error);
                                    return Mono.empty();
                                })
                                .thenReturn(changed),
                        1);
    }

    private void show(TerminalEvent event, FromMark shown) {
        byte[] bytes = event instanceof TerminalEvent.Output output ? shown.pass(output.bytes()) : shown.rest();
        try {
            terminal.out().write(bytes);
            terminal.out().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> Mono<T> blocking(java.util.concurrent.Callable<T> work) {
        return Mono.fromCallable(work).subscribeOn(Schedulers.boundedElastic());
    }
}
