/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.InvalidInputException;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.config.EvalDefinition;
import io.sandflock.engine.run.RunFolder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

final class RunCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT = "Runs an eval: each sample in a sandbox of its own, many at a time.";

    private final Invocation invocation;

    private final EvalOptions eval = new EvalOptions();
    private final PlatformOptions platform = new PlatformOptions();
    private @Nullable String maxSandboxes;
    private @Nullable Integer retryOnError;
    private @Nullable String failOnError;
    private @Nullable Path resume;
    private boolean noCleanup;
    private Path runs = Path.of("runs");
    private boolean json;

    RunCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** The command, as the parser knows it. */
    CommandSpec spec() {
        CommandSpec spec = Declared.spec(this).name("run");
        spec.usageMessage()
                .description(
                        ABOUT,
                        "Results are appended to RUNS/<eval>-<time>-<hex>/results.ndjson as they come. Ctrl-C stops and releases "
                                + "everything.")
                .sortOptions(false);
        spec.addMixin("eval", eval.spec());
        spec.addMixin("platform", platform.spec());
        spec.addOption(
                Declared.option("--max-sandboxes", String.class, () -> maxSandboxes, value -> maxSandboxes = value)
                        .paramLabel("N")
                        .description("sandboxes at once; auto for as many as the platform gives quickly; default: 16")
                        .build());
        spec.addOption(Declared.option(
                        "--retry-on-error", Integer.class, () -> retryOnError, value -> retryOnError = value)
                .paramLabel("N")
                .description("further attempts after a failure of the infrastructure; default: the eval's, else 1")
                .build());
        spec.addOption(Declared.option("--fail-on-error", String.class, () -> failOnError, value -> failOnError = value)
                .paramLabel("N")
                .description(
                        "stop the run once more samples than this failed for a reason of the infrastructure: a number, a "
                                + "share of all (5%% or 0.05), or never, the default")
                .build());
        spec.addOption(Declared.option("--resume", Path.class, () -> resume, value -> resume = value)
                .paramLabel("RUN")
                .description(
                        "go on with the run in this folder: samples that have a score stay, all others are run;",
                        "what it was started with is taken from there, unless it is given again")
                .build());
        spec.addOption(Declared.flag("--no-cleanup", () -> noCleanup, value -> noCleanup = value)
                .description("leave the sandboxes, and say which and how to remove them")
                .build());
        spec.addOption(Declared.option("--runs", Path.class, () -> runs, value -> runs = value == null ? runs : value)
                .paramLabel("DIR")
                .description("where the folder of a new run is made; default: runs")
                .build());
        spec.addOption(Declared.flag("--json", () -> json, value -> json = value)
                .description("print the summary as JSON")
                .build());
        Declared.addHelp(spec);
        return spec;
    }

    @Override
    public Integer call() {
        Optional<RunMemory> memory = Optional.ofNullable(resume).map(RunMemory::of);
        memory.ifPresent(this::recall);
        EvalDefinition definition = eval.load();
        // What cannot be planned is refused before any sandbox exists; warnings come with the run.
        EvalPlans.check(definition, invocation.environment());
        RunSpec spec = spec(definition.runSpec(), memory);
        // Nothing is refused any more. An engine's first question is answered while there is no engine yet.
        platform.hosted(invocation.environment()).ifPresent(invocation.ahead()::ask);
        AtomicReference<RunSummary> stopped = new AtomicReference<>();
        int code = Session.conduct(
                invocation,
                platform.toMake(sandboxes(spec)),
                "no new samples; releasing every sandbox",
                session -> run(session, spec, stopped));
        RunSummary summary = stopped.get();
        if (summary != null) {
            invocation.say(RunReport.stopped(summary, spec.folder()));
        }
        return code;
    }

    private static Stream<SandboxSpec> sandboxes(RunSpec spec) {
        return spec.samples().stream().map(sample -> sample.sandbox().orElse(spec.sandbox()));
    }

    private void recall(RunMemory memory) {
        JsonNode options = memory.options();
        eval.recall(options);
        maxSandboxes = maxSandboxes == null ? memory.text("max_sandboxes") : maxSandboxes;
        retryOnError = retryOnError == null ? memory.number("retry_on_error") : retryOnError;
        failOnError = failOnError == null ? memory.text("fail_on_error") : failOnError;
        noCleanup |= options.path("no_cleanup").asBoolean();
    }

    /** Whatever a later {@code --resume} needs to start the same run again. */
    private Map<String, Object> remembered() {
        Map<String, Object> options = eval.remembered();
        if (maxSandboxes != null) {
            options.put("max_sandboxes", maxSandboxes);
        }
        if (retryOnError != null) {
            options.put("retry_on_error", retryOnError);
        }
        if (failOnError != null) {
            options.put("fail_on_error", failOnError);
        }
        options.put("no_cleanup", noCleanup);
        return options;
    }

    private Mono<Integer> run(Session session, RunSpec spec, AtomicReference<RunSummary> stopped) {
        refuseToKeepOnEmbedded(session);
        Interruption interruption = session.interruption();
        Progress progress = new Progress(invocation.terminal(), System::nanoTime, session.engine()::liveSandboxes);
        Flux<RunEvent> events =
                resume == null ? session.engine().run(spec) : session.engine().resume(spec);
        Mono<RunSummary> summary = events.doOnNext(event -> tell(progress, event, interruption))
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

    private RunSpec spec(RunSpec spec, Optional<RunMemory> memory) {
        Map<String, Object> details = new LinkedHashMap<>(spec.details());
        details.put(RunMemory.OPTIONS, remembered());
        int total = Math.multiplyExact(spec.samples().size(), spec.epochs());
        return new RunSpec(
                spec.eval(),
                spec.samples(),
                spec.task(),
                spec.sandbox(),
                spec.env(),
                spec.epochs(),
                limits(spec.limits(), total),
                !noCleanup,
                Optional.of(memory.map(RunMemory::folder).orElseGet(() -> runs.resolve(folderName(spec.eval())))),
                details);
    }

    private static String folderName(String evalName) {
        String hex = HexFormat.of().toHexDigits(new SecureRandom().nextInt());
        return RunFolder.nameFor(evalName, Instant.now(), hex);
    }

    private RunSpec.Limits limits(RunSpec.Limits of, int total) {
        return new RunSpec.Limits(
                maxSandboxes == null ? of.maxSandboxes() : sandboxes(maxSandboxes),
                of.createTimeout(),
                of.sample(),
                of.run(),
                atLeast(0, "--retry-on-error", retryOnError).orElse(of.retryOnError()),
                failOnError == null ? of.failOnError() : Tolerance.parse("--fail-on-error", failOnError, total));
    }

    private static int sandboxes(String given) {
        if (given.equalsIgnoreCase("auto")) {
            return RunSpec.Limits.AUTO;
        }
        // Longer ones are no number of sandboxes.
        if (!given.matches("[0-9]{1,7}") || Integer.parseInt(given) < 1) {
            throw new InvalidInputException("--max-sandboxes", "must be at least 1, or auto, was '" + given + "'");
        }
        return Integer.parseInt(given);
    }

    private static Optional<Integer> atLeast(int least, String option, @Nullable Integer given) {
        if (given != null && given < least) {
            throw new InvalidInputException(option, "must be at least " + least + ", was " + given);
        }
        return Optional.ofNullable(given);
    }
}
