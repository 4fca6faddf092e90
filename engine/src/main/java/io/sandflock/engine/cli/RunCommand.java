/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.engine.config.EvalDefinition;
import io.sandflock.engine.run.RunFolder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

@Command(
        name = "run",
        description = {
            "Runs an eval: each sample in a sandbox of its own, many at a time.",
            "Results are appended to RUNS/<eval>-<time>-<hex>/results.ndjson as they come. Ctrl-C stops and releases everything."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RunCommand implements Callable<Integer> {

    private final Invocation invocation;

    @Mixin
    private EvalOptions eval = new EvalOptions();

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Option(names = "--max-sandboxes", paramLabel = "N", description = "sandboxes at once; default: 16")
    private @Nullable Integer maxSandboxes;

    @Option(
            names = "--retry-on-error",
            paramLabel = "N",
            description = "further attempts after a failure of the infrastructure; default: the eval's, else 1")
    private @Nullable Integer retryOnError;

    @Option(
            names = "--fail-on-error",
            paramLabel = "N",
            description =
                    "stop the run once more than N samples failed for a reason of the infrastructure; default: never")
    private @Nullable Integer failOnError;

    @Option(names = "--no-cleanup", description = "leave the sandboxes, and say which and how to remove them")
    private boolean noCleanup;

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            defaultValue = "runs",
            description = "where the run's folder is made; default: runs")
    private Path runs = Path.of("runs");

    @Option(names = "--json", description = "print the summary as JSON")
    private boolean json;

    RunCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        EvalDefinition definition = eval.load();
        RunSpec.Limits limits = limits(definition.runSpec().limits());
        RunSpec spec = spec(definition.runSpec(), limits);
        AtomicReference<RunSummary> stopped = new AtomicReference<>();
        int code = Session.conduct(invocation, platform, session -> run(session, spec, stopped));
        RunSummary summary = stopped.get();
        if (summary != null) {
            invocation.say(RunReport.stopped(summary, spec.folder()));
        }
        return code;
    }

    private Mono<Integer> run(Session session, RunSpec spec, AtomicReference<RunSummary> stopped) {
        refuseToKeepOnEmbedded(session);
        Interruption interruption = session.interruption();
        Progress progress = new Progress(invocation.terminal(), System::nanoTime);
        Mono<RunSummary> summary = session.engine()
                .run(spec)
                .doOnNext(event -> tell(progress, event, interruption))
                .takeUntilOther(interruption.requested().then(Mono.defer(progress::neverIfStarted)))
                .ofType(RunEvent.Ended.class)
                .takeLast(1)
                .next()
                .map(RunEvent.Ended::summary);
        return Mono.firstWithSignal(summary, stop(session))
                .map(ended -> interruption.isRequested() ? stopped(ended, spec, stopped) : report(ended, spec));
    }

    /** Closing stops the run without leaving it: it ends with an outcome for every sample, and says what was done. */
    private static Mono<RunSummary> stop(Session session) {
        return session.interruption()
                .requested()
                .then(Mono.defer(() -> session.engine().closeLater()))
                // What is left is said by the session, which closes the engine too.
                .onErrorComplete()
                .then(Mono.never());
    }

    /** What happens while everything is released is no news. */
    private static void tell(Progress progress, RunEvent event, Interruption interruption) {
        if (!interruption.isRequested() || event instanceof RunEvent.Ended || event instanceof RunEvent.Warning) {
            progress.accept(event);
        }
    }

    private void refuseToKeepOnEmbedded(Session session) {
        if (noCleanup && session.local().isPresent()) {
            throw new InvalidInputException(
                    "--no-cleanup",
                    "the embedded platform ends with this program, and its sandboxes with it; start 'sandflock local' and"
                            + " give DAYTONA_API_URL and DAYTONA_API_KEY as it says");
        }
    }

    /** Said once everything is released. */
    private int stopped(RunSummary summary, RunSpec spec, AtomicReference<RunSummary> stopped) {
        if (json) {
            invocation.printJson(SummaryJson.of(summary, spec.folder()));
        }
        stopped.set(summary);
        return ExitCode.INCOMPLETE;
    }

    private int report(RunSummary summary, RunSpec spec) {
        if (json) {
            invocation.printJson(SummaryJson.of(summary, spec.folder()));
        } else {
            invocation.print(RunReport.lines(summary, invocation.terminal()));
            spec.folder()
                    .ifPresent(folder ->
                            invocation.terminal().out().println("results: " + folder.resolve("results.ndjson")));
        }
        int failed = summary.outcomes().getOrDefault("infrastructure_failed", 0)
                + summary.outcomes().getOrDefault("cancelled", 0);
        boolean left = !summary.leftOver().isEmpty() && !noCleanup;
        return failed > 0 || left ? ExitCode.INCOMPLETE : ExitCode.DONE;
    }

    private RunSpec spec(RunSpec spec, RunSpec.Limits limits) {
        return new RunSpec(
                spec.eval(),
                spec.samples(),
                spec.task(),
                spec.sandbox(),
                spec.env(),
                spec.epochs(),
                limits,
                !noCleanup,
                Optional.of(runs.resolve(folderName(spec.eval()))),
                spec.details());
    }

    private static String folderName(String evalName) {
        String hex = String.format(java.util.Locale.ROOT, "%08x", new SecureRandom().nextInt());
        return RunFolder.nameFor(evalName, Instant.now(), hex);
    }

    private RunSpec.Limits limits(RunSpec.Limits of) {
        return new RunSpec.Limits(
                atLeast(1, "--max-sandboxes", maxSandboxes).orElse(of.maxSandboxes()),
                of.createTimeout(),
                of.sample(),
                of.run(),
                atLeast(0, "--retry-on-error", retryOnError).orElse(of.retryOnError()),
                atLeast(0, "--fail-on-error", failOnError).or(of::failOnError));
    }

    private static Optional<Integer> atLeast(int least, String option, @Nullable Integer given) {
        if (given != null && given < least) {
            throw new InvalidInputException(option, "must be at least " + least + ", was " + given);
        }
        return Optional.ofNullable(given);
    }
}
