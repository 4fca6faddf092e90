/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.files.Processes.Finished;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Files by way of {@link Machine#spawn}: each operation is one process inside the machine, so the walls and the permissions are
 * the machine's own and no path is ever resolved on the host. Needs {@code sh}, {@code stat}, {@code find}, {@code cat},
 * {@code dd}, {@code mkdir}, {@code rm}, {@code mv}, {@code chmod}, {@code chown} of coreutils or BusyBox.
 *
 * <p>All methods are cold; cancelling kills the process, and what a cancelled {@link #write} had written stays. A fifo or a device
 * is {@code EINVAL} rather than a wait without end, unless the sandboxed code swaps it in between the check and the use: then the
 * process waits in the machine until the caller cancels.
 */
public final class ShellMachineFiles implements MachineFiles {

    private static final long MAX_LISTING = 64L << 20;
    private static final long MAX_ANSWER = 64L << 10;
    private static final Pattern PRINCIPAL = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

    private final Machine machine;

    /** @param machine what the programs run in */
    public ShellMachineFiles(Machine machine) {
        this.machine = machine;
    }

    @Override
    public Mono<Stat> stat(String path) {
        return run(FilePrograms.STAT, path, List.of(), MAX_ANSWER)
                .map(finished -> StatLine.one(name(path), text(finished)));
    }

    @Override
    public Mono<List<Stat>> list(String path) {
        return run(FilePrograms.LIST, path, List.of(), MAX_LISTING).map(finished -> StatLine.entries(text(finished)));
    }

    @Override
    public Flux<ByteBuffer> read(String path) {
        return contents(FilePrograms.READ, path);
    }

    /** One process instead of two. */
    @Override
    public <T> Flux<T> read(String path, BiFunction<Stat, Flux<ByteBuffer>, Flux<T>> use) {
        return lineFirst(contents(FilePrograms.STAT_AND_READ, path)).switchOnFirst((first, bytes) -> {
            ByteBuffer head = first.get();
            // Nothing but an error, which is then all that there is to say.
            return head == null ? bytes.thenMany(Flux.empty()) : afterStat(path, head, bytes, use);
        });
    }

    /** The first line in one piece, however it came. */
    private static Flux<ByteBuffer> lineFirst(Flux<ByteBuffer> bytes) {
        return Flux.defer(() -> {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            AtomicBoolean whole = new AtomicBoolean();
            return bytes.handle((buffer, sink) -> {
                if (whole.get()) {
                    sink.next(buffer);
                    return;
                }
                byte[] part = new byte[buffer.remaining()];
                buffer.get(part);
                head.writeBytes(part);
                if (new String(part, StandardCharsets.ISO_8859_1).indexOf('\n') >= 0) {
                    whole.set(true);
                    sink.next(ByteBuffer.wrap(head.toByteArray()));
                }
            });
        });
    }

    private static <T> Flux<T> afterStat(
            String path, ByteBuffer head, Flux<ByteBuffer> bytes, BiFunction<Stat, Flux<ByteBuffer>, Flux<T>> use) {
        int end = 0;
        while (head.get(head.position() + end) != '\n') {
            end++;
        }
        byte[] line = new byte[end];
        head.duplicate().get(line);
        ByteBuffer rest = head.duplicate().position(head.position() + end + 1);
        Flux<ByteBuffer> contents = bytes.skip(1).startWith(rest).filter(ByteBuffer::hasRemaining);
        return use.apply(StatLine.one(name(path), new String(line, StandardCharsets.UTF_8)), contents);
    }

    private Flux<ByteBuffer> contents(String program, String path) {
        return Flux.defer(() -> Processes.with(
                machine.spawn(Processes.shell(program, List.of(ShellWords.path(path)))),
                process -> process.stdout()
                        // Standard error holds one line at most, so it can wait in its pipe until the contents were
                        // read.
                        .concatWith(Flux.defer(() -> checkedEnd(process, path)))));
    }

    private static Flux<ByteBuffer> checkedEnd(MachineProcess process, String path) {
        return Processes.finishRead(process).map(end -> checked(end, path)).thenMany(Flux.empty());
    }

    @Override
    public Mono<Long> write(String path, Publisher<ByteBuffer> bytes) {
        return Mono.defer(() -> Processes.with(
                        machine.spawn(Processes.shell(FilePrograms.WRITE, List.of(ShellWords.path(path)))),
                        process -> feed(process, path, bytes))
                .single());
    }

    private static Mono<Long> feed(MachineProcess process, String path, Publisher<ByteBuffer> bytes) {
        AtomicLong count = new AtomicLong();
        return process.write(Flux.from(bytes).doOnNext(buffer -> count.addAndGet(buffer.remaining())))
                .then(Mono.defer(() -> Processes.finish(process, MAX_ANSWER)))
                .map(finished -> checked(finished, path))
                .map(finished -> count.get());
    }

    @Override
    public Mono<Void> createFolder(String path, int mode) {
        return run(FilePrograms.FOLDER, path, List.of(octal(mode)), MAX_ANSWER).then();
    }

    @Override
    public Mono<Void> delete(String path, boolean recursive) {
        return run(FilePrograms.DELETE, path, List.of(recursive ? "recursive" : ""), MAX_ANSWER)
                .then();
    }

    @Override
    public Mono<Void> move(String source, String destination) {
        return Mono.defer(() -> run(FilePrograms.MOVE, source, List.of(ShellWords.path(destination)), MAX_ANSWER))
                .then();
    }

    @Override
    public Mono<Void> setPermissions(
            String path, Optional<Integer> mode, Optional<String> owner, Optional<String> group) {
        if (!owner.map(ShellMachineFiles::isPrincipal).orElse(true)
                || !group.map(ShellMachineFiles::isPrincipal).orElse(true)) {
            return Mono.error(() -> new FileException(Errno.EINVAL, path, ErrorContext.NONE));
        }
        String principals = owner.orElse("") + group.map(name -> ":" + name).orElse("");
        return run(
                        FilePrograms.PERMISSIONS,
                        path,
                        List.of(mode.map(ShellMachineFiles::octal).orElse(""), principals),
                        MAX_ANSWER)
                .then();
    }

    private Mono<Finished> run(String program, String path, List<String> more, long limit) {
        return Mono.defer(() -> Processes.run(machine, program, arguments(path, more), limit))
                .map(finished -> checked(finished, path));
    }

    private static List<String> arguments(String path, List<String> more) {
        List<String> arguments = new java.util.ArrayList<>(List.of(ShellWords.path(path)));
        arguments.addAll(more);
        return arguments;
    }

    private static Finished checked(Finished finished, String path) {
        if (finished.exitCode() != 0) {
            throw new FileException(Errnos.of(finished.stderr(), path), path, ErrorContext.NONE);
        }
        return finished;
    }

    private static boolean isPrincipal(String name) {
        return PRINCIPAL.matcher(name).matches();
    }

    private static String octal(int mode) {
        return String.format(Locale.ROOT, "%04o", mode & 07777);
    }

    private static String text(Finished finished) {
        return new String(finished.stdout(), StandardCharsets.UTF_8);
    }

    /** The last part; {@code /} and {@code .} are their own names. */
    private static String name(String path) {
        String trimmed = path.replaceAll("(?<=.)/+$", "");
        return trimmed.equals("/") ? "/" : trimmed.substring(trimmed.lastIndexOf('/') + 1);
    }
}
