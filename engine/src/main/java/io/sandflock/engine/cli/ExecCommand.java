/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.Environment;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.InvalidInputException;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.SandflockException;
import io.sandflock.engine.config.Amounts;
import io.sandflock.engine.exec.ToolboxEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Command(
        name = "exec",
        description = {
            ExecCommand.ABOUT,
            "The exit code is the command's; 125 when Sandflock itself failed, 124 when --timeout ran out."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ExecCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT =
            "Runs one command in a new sandbox, prints its output as it comes, and deletes the sandbox; "
                    + "with --sandbox, in one that exists, and leaves it. -it gives the command a terminal.";

    /** As {@code timeout(1)} has it. */
    private static final int TIMED_OUT = 124;

    private static final String NEW = "new";

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Option(
            names = "--snapshot",
            paramLabel = "NAME",
            description = "snapshot to use instead of the platform's default")
    private @Nullable String snapshot;

    @Option(names = "--image", paramLabel = "REFERENCE", description = "image to use, on platforms that have images")
    private @Nullable String image;

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "variable of the command; may be repeated")
    private Map<String, String> env = new LinkedHashMap<>();

    @Option(
            names = "--cwd",
            paramLabel = "DIR",
            description = "working directory, absolute or relative to the sandbox's")
    private @Nullable String cwd;

    @Option(names = "--user", paramLabel = "USER", description = "name or numeric id")
    private @Nullable String user;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "for example 30s or 5m; kills the command's process tree")
    private @Nullable String timeout;

    @Option(
            names = "--output-limit",
            paramLabel = "SIZE",
            description = {
                "for example 10MiB: prints the newest so many bytes of each stream once the command ended,",
                "instead of all output as it comes"
            })
    private @Nullable String outputLimit;

    @Option(names = "--stats", description = "says on standard error how much came, and how fast")
    private boolean stats;

    @Option(
            names = {"-i", "--stdin"},
            description = "pass this program's standard input on, read to its end first; at most 50 MiB")
    private boolean stdin;

    @Option(
            names = {"-t", "--tty"},
            description =
                    "a terminal for the command, with this one as its window; keys are passed on as they are pressed, "
                            + "Ctrl-C too. Without a command: the login shell")
    private boolean tty;

    @Option(
            names = "--sandbox",
            paramLabel = "ID",
            description = "id or name of a sandbox that exists; 'new', the default, for one of its own")
    private String existing = NEW;

    @Option(names = "--ssh", description = "print the command that opens a shell in --sandbox; it may hold a token")
    private boolean ssh;

    @Parameters(arity = "0..*", paramLabel = "ARG", description = "the command; put -- before it")
    private List<String> argv = List.of();

    ExecCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        checkOptions();
        boolean isNew = existing.equals(NEW);
        SandboxRequest sandbox = SandboxRequest.of(spec());
        PlatformOptions options = isNew ? platform.toMake(Stream.of(sandbox.spec())) : platform;
        Optional<TerminalRun> terminal = terminal();
        Function<Session, Mono<Integer>> work = isNew ? inNew(sandbox, terminal) : inExisting(terminal);
        try {
            return Session.conduct(
                    invocation,
                    options,
                    isNew ? "ending the command and deleting its sandbox" : "ending the command; the sandbox stays",
                    session -> work.apply(session).takeUntilOther(giveUp(session, terminal)));
        } catch (SandflockException e) {
            if (e instanceof io.sandflock.CommandTimeoutException) {
                invocation.say(String.valueOf(e.getMessage()));
                return TIMED_OUT;
            }
            if (ExitCode.isDefect(e) || e instanceof InvalidInputException) {
                throw e;
            }
            invocation.say(invocation.terminal().red("error") + " " + Table.printable(String.valueOf(e.getMessage())));
            return ExitCode.EXEC_FAILED;
        }
    }

    private static Mono<Void> giveUp(Session session, Optional<TerminalRun> terminal) {
        Mono<Void> requested = session.interruption().requested();
        return terminal.isPresent() ? terminal.get().before(requested) : requested;
    }

    private void checkOptions() {
        boolean isNew = existing.equals(NEW);
        if (!isNew && (snapshot != null || image != null)) {
            throw new InvalidInputException(
                    "--sandbox", "names a sandbox that exists; --snapshot and --image are for a new one");
        }
        if (ssh && (isNew || tty || !argv.isEmpty())) {
            throw new InvalidInputException("--ssh", "needs --sandbox ID, and runs no command");
        }
        if (!ssh && !tty && argv.isEmpty()) {
            throw new InvalidInputException("ARG", "no command was given; without one, -it opens a login shell");
        }
        if (tty && (user != null || timeout != null || outputLimit != null || stats)) {
            throw new InvalidInputException(
                    "-t", "cannot be combined with --user, --timeout, --output-limit and --stats");
        }
    }

    private Function<Session, Mono<Integer>> inExisting(Optional<TerminalRun> terminal) {
        Function<ToolboxEnvironment, Mono<Integer>> inside = ssh ? this::showConnection : inEnvironment();
        return session -> Existing.in(session, existing, terminal, inside);
    }

    private Function<Session, Mono<Integer>> inNew(SandboxRequest sandbox, Optional<TerminalRun> terminal) {
        if (terminal.isPresent()) {
            return session -> session.engine()
                    .withSandbox(
                            sandbox,
                            box -> session.platform()
                                    .sandboxes()
                                    .get(box.id())
                                    .flatMap(info -> terminal.get()
                                            .on(
                                                    session.platform().toolbox(info),
                                                    session.interruption().requested())));
        }
        ExecRequest request = request();
        return session -> session.engine().withSandbox(sandbox, box -> exec(box.environment(), request));
    }

    private Function<ToolboxEnvironment, Mono<Integer>> inEnvironment() {
        if (tty) {
            return environment -> Mono.empty();
        }
        ExecRequest request = request();
        return environment -> exec(environment, request);
    }

    private Optional<TerminalRun> terminal() {
        if (!tty) {
            return Optional.empty();
        }
        Tty here = Tty.ofStdin()
                .orElseThrow(() -> new InvalidInputException(
                        "-t", "standard input is no terminal; leave -t out, -i passes standard input on"));
        return Optional.of(new TerminalRun(invocation.terminal(), here, argv, Optional.ofNullable(cwd), env));
    }

    private Mono<Integer> showConnection(ToolboxEnvironment environment) {
        return environment.connection().map(connection -> {
            connection.note().ifPresent(invocation::say);
            invocation.print(List.of(String.join(" ", connection.command())));
            return ExitCode.DONE;
        });
    }

    private Mono<Integer> exec(Environment environment, ExecRequest request) {
        Throughput throughput = new Throughput();
        Flux<ExecEvent> events = outputLimit == null
                ? environment.execStream(request).doOnNext(throughput::add)
                : environment.exec(request).doOnNext(throughput::add).flatMapIterable(this::newest);
        return events
                // Standard output may be a pipe that nobody reads: writing to it blocks, and must not block an event
                // loop.
                .publishOn(Schedulers.boundedElastic(), 8)
                .doOnNext(this::write)
                .ofType(ExecEvent.Exited.class)
                .last()
                .map(ExecEvent.Exited::exitCode)
                .doOnSuccess(code -> {
                    if (stats) {
                        invocation.say(throughput.toString());
                    }
                });
    }

    private List<ExecEvent> newest(ExecResult result) {
        say("standard output", result.stdout());
        say("standard error", result.stderr());
        return List.of(
                new ExecEvent.Stdout(result.stdout().bytes()),
                new ExecEvent.Stderr(result.stderr().bytes()),
                new ExecEvent.Exited(result.exitCode()));
    }

    private void say(String stream, ExecResult.Output output) {
        if (output.truncated()) {
            invocation.say(stream + ": the newest " + output.bytes().length + " of " + output.size() + " bytes");
        }
    }

    private void write(ExecEvent event) {
        try {
            if (event instanceof ExecEvent.Stdout chunk) {
                invocation.terminal().out().write(chunk.bytes());
                invocation.terminal().out().flush();
            } else if (event instanceof ExecEvent.Stderr chunk) {
                invocation.terminal().err().write(chunk.bytes());
                invocation.terminal().err().flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SandboxSpec spec() {
        if (snapshot != null && image != null) {
            throw new InvalidInputException("--snapshot, --image", "both were given; one of them is accepted");
        }
        return Optional.ofNullable(snapshot)
                .map(SandboxSpec::snapshot)
                .or(() -> Optional.ofNullable(image).map(SandboxSpec::image))
                .orElseGet(SandboxSpec::defaultSnapshot);
    }

    private ExecRequest request() {
        ExecRequest.Builder builder = ExecRequest.builder(argv).env(env);
        if (cwd != null) {
            builder.cwd(cwd);
        }
        if (user != null) {
            builder.user(user);
        }
        if (timeout != null) {
            builder.timeout(Times.parse("--timeout", timeout));
        }
        if (outputLimit != null) {
            builder.outputLimit(bytes(outputLimit));
        }
        if (stdin) {
            builder.stdin(Stdin.readAll());
        }
        return builder.build();
    }

    private static long bytes(String text) {
        try {
            return Math.max(1, Amounts.bytes(text));
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("--output-limit", String.valueOf(e.getMessage()), e);
        }
    }
}
