/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.LimitExceededException;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.Toolbox;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A daemon without a wire: feeds texts to a real shell's standard input as Daytona's does, in a process group of its own, both
 * streams merged, bytes that are no UTF-8 replaced, output lost on a timeout. What the answer goes through on its way is a list of
 * faults, one for each request.
 */
final class ShellToolbox implements Toolbox {

    /** What happens to a request. */
    enum Fault {
        NONE,
        /** The connection breaks before the server saw it. */
        REFUSED,
        /** It runs, and the answer is lost. */
        ANSWER_LOST,
        /** It runs, and a proxy says 502. */
        BAD_GATEWAY,
        /** A proxy sends it once more after the first ran. */
        REPLAYED,
        /** A proxy sends it twice at the same time. */
        TWINS,
        /** Only a part of the answer comes. */
        TRUNCATED
    }

    private final List<String> shell;
    private final Path workDir;
    private final Map<String, String> env;
    private final Supplier<Fault> faults;
    final AtomicInteger requests = new AtomicInteger();
    final AtomicInteger executions = new AtomicInteger();
    final List<String> texts = java.util.Collections.synchronizedList(new ArrayList<>());

    ShellToolbox(List<String> shell, Path workDir, Map<String, String> env, Supplier<Fault> faults) {
        this.shell = shell;
        this.workDir = workDir;
        this.env = env;
        this.faults = faults;
    }

    @Override
    public Mono<ExecuteReply> execute(ExecuteCall call) {
        return Mono.defer(() -> {
            requests.incrementAndGet();
            texts.add(call.command().get().text());
            Mono<ExecuteReply> run = Mono.fromCallable(() -> run(call)).subscribeOn(Schedulers.boundedElastic());
            return switch (faults.get()) {
                case NONE -> run;
                case REFUSED -> broken(ErrorCode.UNREACHABLE);
                case ANSWER_LOST -> run.then(broken(ErrorCode.UNREACHABLE));
                case BAD_GATEWAY -> run.then(broken(ErrorCode.PLATFORM_ERROR));
                case REPLAYED -> run.then(run);
                case TWINS -> Mono.zip(run, run, (first, second) -> second);
                case TRUNCATED ->
                    run.map(reply -> new ExecuteReply(
                            reply.exitCode(),
                            reply.result().substring(0, reply.result().length() * 2 / 3)));
            };
        });
    }

    private static <T> Mono<T> broken(ErrorCode code) {
        return Mono.error(() -> new TransientException(code, "fault", ErrorContext.NONE, null));
    }

    private ExecuteReply run(ExecuteCall call) throws IOException, InterruptedException {
        executions.incrementAndGet();
        List<String> argv = new ArrayList<>(List.of("setsid", "-w"));
        argv.addAll(shell);
        ProcessBuilder builder =
                new ProcessBuilder(argv).directory(workDir.toFile()).redirectErrorStream(true);
        builder.environment().putAll(env);
        Process process = builder.start();
        Thread feeder = new Thread(() -> feed(process, call.command().get().text()));
        feeder.start();
        AtomicBoolean late = new AtomicBoolean();
        Thread killer = new Thread(() -> killLate(process, call.timeout().orElse(Duration.ofDays(1)), late));
        killer.setDaemon(true);
        killer.start();
        byte[] output;
        try {
            output = process.getInputStream().readAllBytes();
        } catch (IOException closed) {
            if (!late.get()) {
                throw closed;
            }
            output = new byte[0];
        }
        int exit = process.waitFor();
        killer.interrupt();
        feeder.join();
        if (exit == 137) {
            throw new TransientException(ErrorCode.TIMEOUT, "request timeout", ErrorContext.NONE, null);
        }
        return new ExecuteReply(exit, new String(output, StandardCharsets.UTF_8));
    }

    private static void feed(Process process, String text) {
        try (var stdin = process.getOutputStream()) {
            stdin.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException shellIsGone) {
            // As with the daemon: what a shell does not read is lost.
        }
    }

    /** A program that does not answer in time is a defect, even though whoever waits for it goes on: it is told what it does. */
    private static void killLate(Process process, Duration after, AtomicBoolean late) {
        try {
            if (!process.waitFor(after.toMillis(), TimeUnit.MILLISECONDS)) {
                late.set(true);
                process.descendants().forEach(ShellToolbox::tell);
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException done) {
            Thread.currentThread().interrupt();
        }
    }

    private static void tell(ProcessHandle process) {
        Path files = Path.of("/proc", Long.toString(process.pid()));
        StringBuilder text = new StringBuilder("late: " + process.pid());
        for (String file : List.of("stat", "wchan", "stack", "cmdline")) {
            try {
                String content = Files.readString(files.resolve(file), StandardCharsets.ISO_8859_1)
                        .replace('\0', ' ');
                text.append(' ').append(content, 0, Math.min(200, content.length()));
            } catch (IOException gone) {
                text.append(' ').append(gone.getMessage());
            }
        }
        System.out.println(text);
    }

    @Override
    public Mono<Void> upload(List<Upload> files) {
        return Mono.fromRunnable(requests::incrementAndGet)
                .thenMany(Flux.fromIterable(files))
                .concatMap(file -> Flux.from(file.content())
                        .collect(ByteArrayOutputStream::new, ShellToolbox::add)
                        .flatMap(bytes -> blocking(file.path(), () -> write(file, bytes.toByteArray()))))
                .then();
    }

    private static void add(ByteArrayOutputStream bytes, ByteBuffer part) {
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        bytes.writeBytes(copy);
    }

    /** Holds the content to the size that was announced, as the wire does. */
    private Path write(Upload file, byte[] bytes) throws IOException {
        if (bytes.length != file.size()) {
            throw new IllegalArgumentException(
                    file.path() + " was announced with " + file.size() + " bytes, and " + bytes.length + " came");
        }
        Path target = workDir.resolve(file.path());
        Files.createDirectories(target.getParent());
        return Files.write(target, bytes);
    }

    @Override
    public Flux<Download> download(List<String> paths, long limit) {
        return Mono.fromRunnable(requests::incrementAndGet)
                .thenMany(Flux.fromIterable(paths))
                .map(path -> new Download(path, blocking(path, () -> read(path, limit))));
    }

    @Override
    public Flux<ByteBuffer> read(String path) {
        return Mono.fromRunnable(requests::incrementAndGet)
                .then(blocking(path, () -> read(path, Long.MAX_VALUE)))
                .map(ByteBuffer::wrap)
                .flux();
    }

    private byte[] read(String path, long limit) throws IOException {
        Path file = workDir.resolve(path);
        if (Files.size(file) > limit) {
            throw new LimitExceededException(path, limit, Files.size(file), ErrorContext.NONE);
        }
        return Files.readAllBytes(file);
    }

    @Override
    public Mono<FileInfo> info(String path) {
        return Mono.fromRunnable(requests::incrementAndGet).then(blocking(path, () -> stat(workDir.resolve(path))));
    }

    private static FileInfo stat(Path file) throws IOException {
        int mode = (int) Files.getAttribute(file, "unix:mode");
        String type = switch (mode & 0170000) {
            case 0040000 -> "d";
            case 0010000 -> "p";
            case 0020000 -> "Dc";
            case 0140000 -> "S";
            default -> "-";
        };
        return new FileInfo(
                file.getFileName() == null ? "/" : file.getFileName().toString(),
                Files.size(file),
                type + PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                Integer.toOctalString(mode & 0777),
                Files.isDirectory(file),
                "0",
                "0",
                Optional.empty());
    }

    @Override
    public Flux<FileInfo> list(String path) {
        return blocking(path, () -> {
                    List<FileInfo> entries = new ArrayList<>();
                    try (DirectoryStream<Path> files = Files.newDirectoryStream(workDir.resolve(path))) {
                        for (Path file : files) {
                            entries.add(stat(file));
                        }
                    }
                    return entries;
                })
                .flatMapIterable(entries -> entries);
    }

    @Override
    public Mono<Void> createFolder(String path, String mode) {
        return blocking(path, () -> Files.createDirectories(workDir.resolve(path)))
                .then();
    }

    private <T> Mono<T> blocking(String path, Action<T> action) {
        return Mono.fromCallable(action::run)
                .subscribeOn(Schedulers.boundedElastic())
                .onErrorMap(IOException.class, error -> posix(path, error));
    }

    private Throwable posix(String path, IOException error) {
        if (error instanceof NoSuchFileException) {
            // The JDK does not tell them apart.
            boolean behindAFile = false;
            for (Path parent = workDir.resolve(path).getParent(); parent != null; parent = parent.getParent()) {
                behindAFile |= Files.exists(parent) && !Files.isDirectory(parent);
            }
            return new FileException(behindAFile ? Errno.ENOTDIR : Errno.ENOENT, path, ErrorContext.NONE);
        }
        if (error instanceof AccessDeniedException) {
            return new FileException(Errno.EACCES, path, ErrorContext.NONE);
        }
        String reason = error instanceof FileSystemException system ? String.valueOf(system.getReason()) : "";
        Errno errno = error instanceof FileAlreadyExistsException
                ? Errno.ENOTDIR
                : reason.startsWith(Errno.ELOOP.text())
                        ? Errno.ELOOP
                        : Errno.ofMessage(reason).orElse(Errno.EIO);
        return new FileException(errno, path, ErrorContext.NONE);
    }

    private interface Action<T> {
        T run() throws IOException;
    }

    @Override
    public Flux<TerminalEvent> terminal(
            TerminalCall call, org.reactivestreams.Publisher<ByteBuffer> input, Mono<Void> hangUp) {
        throw unused();
    }

    @Override
    public Mono<Void> resizeTerminal(String id, int cols, int rows) {
        throw unused();
    }

    @Override
    public Mono<Void> createSession(String sessionId) {
        throw unused();
    }

    @Override
    public Mono<String> executeAsync(String sessionId, String command) {
        throw unused();
    }

    @Override
    public Mono<SessionCommand> sessionCommand(String sessionId, String commandId) {
        throw unused();
    }

    @Override
    public Flux<LogChunk> followLog(String sessionId, String commandId) {
        throw unused();
    }

    @Override
    public Mono<Void> sendInput(String sessionId, String commandId, String data) {
        throw unused();
    }

    @Override
    public Mono<Void> deleteSession(String sessionId) {
        throw unused();
    }

    @Override
    public Mono<Void> delete(String path, boolean recursive) {
        throw unused();
    }

    @Override
    public Mono<Void> setPermissions(
            String path, Optional<String> mode, Optional<String> owner, Optional<String> group) {
        throw unused();
    }

    @Override
    public Mono<String> workDir() {
        return Mono.just(workDir.toString());
    }

    @Override
    public Mono<String> userHomeDir() {
        throw unused();
    }

    @Override
    public Mono<String> version() {
        throw unused();
    }

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("the environment has no use for this");
    }

    /** What the shell of this machine is; {@code sh} is what /bin/sh is for it. */
    static List<String> flavor(String outer, String sh) {
        return List.of(
                "unshare",
                "-m",
                "/bin/bash",
                "-c",
                "mount --bind $(readlink -f " + sh + ") $(readlink -f /bin/sh) && exec " + outer);
    }

    static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deleted, with all that is in it, when the JVM ends: what a test left running may write into it until then. */
    static Path temporaryFolder() {
        try {
            Path folder = Files.createTempDirectory("sandflock-exec-test");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            System.err.println("not deleted: " + folder + ": " + e);
        }
    }
}
