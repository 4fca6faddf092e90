/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Ending;
import io.sandflock.engine.frame.ExecReply.Status;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.local.http.ByteLimit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The executions of a machine, claimed once each: what the claim-once program keeps in a sandbox's files. Thread-safe. */
final class Executions {

    private static final int LARGEST_UPLOAD = 64 << 20;

    private final SimulatedSubstrate substrate;
    private final SimulatedMachine machine;
    private final Map<ExecutionId, Execution> byId = new HashMap<>();

    Executions(SimulatedSubstrate substrate, SimulatedMachine machine) {
        this.substrate = substrate;
        this.machine = machine;
    }

    /** Does what a call asks for, and answers when it wants to be answered. */
    Mono<ExecReply> handle(ExecCall call) {
        return Mono.defer(() -> {
            release(call);
            return switch (call.operation()) {
                case START -> started(call);
                case ATTACH -> attached(call);
                case KILL -> killed(call);
                case CLEAN -> cleaned(call);
            };
        });
    }

    synchronized List<ExecutionId> ids() {
        return List.copyOf(byId.keySet());
    }

    /** The machine stops: what runs is lost. */
    void lose() {
        List<Execution> all;
        synchronized (this) {
            all = List.copyOf(byId.values());
        }
        all.forEach(Execution::lose);
    }

    private Mono<ExecReply> started(ExecCall call) {
        Execution execution;
        boolean claimed = false;
        synchronized (this) {
            execution = byId.get(call.id());
            if (execution == null) {
                execution = new Execution();
                byId.put(call.id(), execution);
                claimed = true;
            }
        }
        if (claimed) {
            run(call, execution);
        }
        return answer(call, execution, claimed);
    }

    private Mono<ExecReply> attached(ExecCall call) {
        Execution execution = find(call.id());
        return execution == null ? Mono.just(ExecReply.of(call.id(), Status.UNKNOWN)) : answer(call, execution, false);
    }

    private Mono<ExecReply> killed(ExecCall call) {
        Execution execution;
        boolean claimed = false;
        synchronized (this) {
            execution = byId.get(call.id());
            if (execution == null) {
                // Barred: a start that comes later finds it claimed.
                execution = new Execution();
                byId.put(call.id(), execution);
                claimed = true;
            }
        }
        execution.end(Ending.KILLED, 137);
        return answer(call, execution, claimed);
    }

    private Mono<ExecReply> cleaned(ExecCall call) {
        List<Execution> gone = new ArrayList<>();
        synchronized (this) {
            byId.entrySet().removeIf(entry -> {
                boolean ours = entry.getKey().prefix().equals(call.id().prefix());
                if (ours) {
                    gone.add(entry.getValue());
                }
                return ours;
            });
        }
        gone.forEach(Execution::lose);
        return Mono.just(ExecReply.of(call.id(), Status.CLEANED));
    }

    private synchronized @Nullable Execution find(ExecutionId id) {
        return byId.get(id);
    }

    private void release(ExecCall call) {
        String prefix = call.id().prefix();
        synchronized (this) {
            for (long number : call.free()) {
                Execution execution = byId.get(new ExecutionId(prefix, number));
                if (execution != null) {
                    execution.free();
                }
            }
            call.forget().forEach(number -> byId.remove(new ExecutionId(prefix, number)));
        }
    }

    private void run(ExecCall call, Execution execution) {
        ExecCall.Start start = call.start().orElseThrow();
        execution.runs(command(start).map(command -> substrate.run(call.id(), command)), start.timeoutMillis());
    }

    private Mono<CommandScript.Command> command(ExecCall.Start start) {
        if (start.upload().isEmpty()) {
            byte[] stdin = start.stdin() instanceof ExecCall.Stdin.Inline inline ? inline.bytes() : new byte[0];
            return Mono.just(new CommandScript.Command(machine.id(), start.argv(), start.env(), stdin));
        }
        String folder = start.upload().get();
        Mono<byte[]> stdin = start.stdin() instanceof ExecCall.Stdin.Uploaded
                ? file(folder + "/stdin")
                : Mono.just(start.stdin() instanceof ExecCall.Stdin.Inline inline ? inline.bytes() : new byte[0]);
        return file(folder + "/args")
                .map(bytes -> ProgramText.withArguments(start, bytes))
                .zipWith(
                        stdin, (full, input) -> new CommandScript.Command(machine.id(), full.argv(), full.env(), input))
                .delayUntil(command -> machine.files().delete(folder, true));
    }

    private Mono<byte[]> file(String path) {
        return ByteLimit.collect(
                machine.files().read(path), LARGEST_UPLOAD, limit -> new IllegalStateException("upload too large"));
    }

    private static Mono<ExecReply> answer(ExecCall call, Execution execution, boolean claimed) {
        return execution.answerable(call.answer()).then(Mono.fromSupplier(() -> execution.reply(call, claimed)));
    }
}
