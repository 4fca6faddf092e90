/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.frame.ReplyText;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.simulated.CommandScript.Step;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A shell that understands one thing: the engine's claim-once program, given whole on its input. Every other text is the script's to
 * answer. It begins when its input is closed.
 */
final class SimulatedShell implements MachineProcess {

    private static final int LONGEST_INPUT = 16 << 20;

    private final SimulatedSubstrate substrate;
    private final SimulatedMachine machine;
    private final ProcessSpec spec;
    private final ByteArrayOutputStream input = new ByteArrayOutputStream(0);
    private final Sinks.Many<ByteBuffer> stdout = Sinks.many().unicast().onBackpressureBuffer();
    private final Sinks.Many<ByteBuffer> stderr = Sinks.many().unicast().onBackpressureBuffer();
    private final Sinks.One<Integer> exit = Sinks.one();
    private final Disposable.Swap work = Disposables.swap();
    private boolean began;
    private boolean ended;

    SimulatedShell(SimulatedSubstrate substrate, SimulatedMachine machine, ProcessSpec spec) {
        this.substrate = substrate;
        this.machine = machine;
        this.spec = spec;
    }

    @Override
    public Flux<ByteBuffer> stdout() {
        return stdout.asFlux();
    }

    @Override
    public Flux<ByteBuffer> stderr() {
        return stderr.asFlux();
    }

    @Override
    public Mono<Void> write(Publisher<ByteBuffer> bytes) {
        return Flux.from(bytes).doOnNext(this::read).then();
    }

    @Override
    public Mono<Void> closeStdin() {
        return Mono.fromRunnable(this::begin);
    }

    @Override
    public Mono<Integer> exit() {
        return exit.asMono();
    }

    @Override
    public Mono<Void> signal(int signal) {
        return Mono.fromRunnable(() -> {
            end(128 + signal);
            work.dispose();
        });
    }

    private synchronized void read(ByteBuffer bytes) {
        if (began || ended || input.size() + (long) bytes.remaining() > LONGEST_INPUT) {
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        input.writeBytes(copy);
    }

    private void begin() {
        synchronized (this) {
            if (began || ended) {
                return;
            }
            began = true;
        }
        byte[] text = input.toByteArray();
        // Owned by the process, which a signal ends.
        work.update(run(text).subscribe(this::end, error -> end(126)));
    }

    private Mono<Integer> run(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return ProgramText.decode(text)
                .map(call -> machine.executions().handle(call).map(this::answered))
                .orElseGet(() -> scripted(bytes));
    }

    private int answered(ExecReply reply) {
        print(ReplyText.encode(reply).getBytes(StandardCharsets.ISO_8859_1), false);
        return 0;
    }

    private Mono<Integer> scripted(byte[] text) {
        List<String> env = spec.env().entrySet().stream().map(Object::toString).toList();
        return Mono.fromSupplier(() -> substrate.run(new CommandScript.Command(machine.id(), spec.argv(), env, text)))
                .flatMap(result -> Flux.fromIterable(result.steps())
                        .concatMap(this::step, 1)
                        .then(Mono.just(result.exitCode())));
    }

    private Mono<Void> step(Step step) {
        if (step instanceof Step.Pause pause) {
            return SimulatedSubstrate.after(pause.time());
        }
        Step.Output output = (Step.Output) step;
        return Mono.fromRunnable(() -> print(output.bytes(), output.isError()));
    }

    /** Serialized with {@link #end}, which another thread can call. */
    private synchronized void print(byte[] bytes, boolean isError) {
        if (!ended) {
            // Unbounded and with one emitter at a time: this cannot fail but for a reader that left.
            (isError && !spec.mergeStderr() ? stderr : stdout).tryEmitNext(ByteBuffer.wrap(bytes));
        }
    }

    private void end(int code) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            stdout.tryEmitComplete();
            stderr.tryEmitComplete();
        }
        exit.tryEmitValue(code);
    }
}
