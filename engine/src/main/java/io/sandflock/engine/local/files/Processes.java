/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.http.ByteLimit;
import io.sandflock.engine.local.http.HttpError;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Short-lived helper processes in a machine. */
public final class Processes {

    /** Enough for every message of a tool; what is beyond is read and dropped, so that the tool never waits for us. */
    private static final int STDERR_KEPT = 8 * 1024;

    private Processes() {}

    /**
     * Starts a process and uses it. On cancel and on error its group is killed, also when the start was still under way. On
     * completion it is left alone.
     */
    public static <T> Flux<T> with(Mono<MachineProcess> spawn, Function<MachineProcess, ? extends Publisher<T>> use) {
        return Flux.usingWhen(
                Mono.fromSupplier(() -> new Slot(spawn)),
                slot -> slot.process().flatMapMany(use),
                slot -> Mono.empty(),
                (slot, error) -> slot.kill(),
                Slot::kill);
    }

    /** Runs a POSIX shell program with arguments and no input; more than {@code limit} bytes of output is an error. */
    public static Mono<Finished> run(Machine machine, String program, List<String> arguments, long limit) {
        return with(machine.spawn(shell(program, arguments)), process -> finish(process, limit))
                .single();
    }

    /** As {@link #run(Machine, String, List, long)}, with {@code input} as standard input. */
    public static Mono<Finished> run(
            Machine machine, String program, List<String> arguments, ByteBuffer input, long limit) {
        return with(
                        machine.spawn(shell(program, arguments)),
                        process -> process.write(Flux.just(input)).then(Mono.defer(() -> finish(process, limit))))
                .single();
    }

    /** What starts a POSIX shell program with arguments. */
    public static ProcessSpec shell(String program, List<String> arguments) {
        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", program, "sh"));
        argv.addAll(arguments);
        return new ProcessSpec(argv, Optional.empty(), Map.of(), false);
    }

    /** Closes standard input, reads both outputs to their end and waits for the exit. */
    static Mono<Finished> finish(MachineProcess process, long limit) {
        return Mono.zip(
                        ByteLimit.collect(process.stdout(), limit, Processes::tooMuch),
                        head(process.stderr()),
                        process.closeStdin().then(process.exit()))
                .map(all -> new Finished(all.getT3(), all.getT1(), all.getT2()));
    }

    /** As {@link #finish}, for a process whose standard output was read already. */
    static Mono<Finished> finishRead(MachineProcess process) {
        return head(process.stderr())
                .zipWith(process.exit(), (stderr, exitCode) -> new Finished(exitCode, new byte[0], stderr));
    }

    private static HttpError tooMuch(long limit) {
        return HttpError.internal("the answer would be larger than " + limit + " bytes");
    }

    private static Mono<String> head(Flux<ByteBuffer> stderr) {
        return stderr.collect(ByteArrayOutputStream::new, Processes::keepHead)
                .map(kept -> kept.toString(StandardCharsets.UTF_8));
    }

    private static void keepHead(ByteArrayOutputStream kept, ByteBuffer buffer) {
        byte[] bytes = new byte[Math.min(buffer.remaining(), STDERR_KEPT - kept.size())];
        buffer.duplicate().get(bytes);
        kept.write(bytes, 0, bytes.length);
    }

    private static Mono<Void> kill(MachineProcess process) {
        return process.signal(9)
                .then(Mono.defer(() -> abandon(process.stdout())))
                .then(Mono.defer(() -> abandon(process.stderr())));
    }

    /** Takes an output and cancels it: one that nobody ever takes would keep its reader. One taken already is an error, and no concern. */
    private static Mono<Void> abandon(Flux<ByteBuffer> output) {
        return output.takeUntilOther(Mono.just(true)).onErrorComplete().then();
    }

    /** How a process ended. */
    public record Finished(int exitCode, byte[] stdout, String stderr) {}

    /** Owns a process whose start may still be under way: a cancelled start is waited for and what came is killed. */
    private static final class Slot {

        private final Mono<MachineProcess> process;
        private final AtomicBoolean started = new AtomicBoolean();

        Slot(Mono<MachineProcess> spawn) {
            this.process =
                    spawn.doOnSubscribe(subscription -> started.set(true)).cache();
        }

        Mono<MachineProcess> process() {
            return process;
        }

        Mono<Void> kill() {
            // An error here is the one that the user of the process was given already.
            return started.get() ? process.flatMap(Processes::kill).onErrorComplete() : Mono.empty();
        }
    }
}
