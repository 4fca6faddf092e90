/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.RunEvent;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.compose.SandboxPlanner;
import io.sandflock.engine.config.EvalDefinition;
import io.sandflock.engine.config.SandboxFile;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.snapshot.ImageMemory;
import io.sandflock.engine.snapshot.SourceResolver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Command(
        name = "ensure",
        description = {
            "Makes sure that the snapshots of an eval's sandboxes, or of a compose file's or Dockerfile's, are there, so that a run"
                    + " need not wait for them.",
            "What the platform says while it builds goes to standard error."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SnapshotEnsureCommand implements Callable<Integer> {

    private static final Duration DEADLINE = Duration.ofMinutes(30);
    private static final int AT_ONCE = 4;

    private final Invocation invocation;

    @Mixin
    private EvalOptions eval = new EvalOptions();

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Option(names = "--image", paramLabel = "REFERENCE", description = "of this image, instead of an eval's")
    private @Nullable String image;

    @Option(names = "--dockerfile", paramLabel = "FILE", description = "of this Dockerfile, instead of an eval's")
    private @Nullable Path dockerfile;

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    SnapshotEnsureCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    /** What sandboxes are made from: all that there is to make sure of. */
    private record Wish(Base base, CreateSandbox.Resources resources) {}

    @Override
    public Integer call() {
        SandboxPlanner planner =
                new SandboxPlanner(PlannerSettings.defaults().withEnvironment(invocation.environment()));
        Flux<SandboxPlan> plans = plans(planner);
        return Session.use(invocation, platform, session -> ensure(session, plans));
    }

    private Flux<SandboxPlan> plans(SandboxPlanner planner) {
        Optional<SandboxSpec> given = Optional.ofNullable(image)
                .map(SandboxSpec::image)
                .or(() -> Optional.ofNullable(dockerfile).map(SandboxSpec.Dockerfile::new));
        boolean named = eval.path().isPresent();
        if ((image != null && dockerfile != null) || (given.isPresent() && named)) {
            throw new InvalidInputException(
                    "EVAL, --image, --dockerfile", "more than one was given; one of them is accepted");
        }
        Optional<SandboxSpec> alone = given.or(() -> eval.path().flatMap(SandboxFile::of));
        if (alone.isPresent()) {
            return planner.plan(alone.get()).flux();
        }
        EvalDefinition definition = eval.load();
        return Flux.fromIterable(definition.samples())
                .concatMap(sample -> planner.plan(sample.sandbox().orElse(definition.sandbox()), sample), 1);
    }

    private Mono<Integer> ensure(Session session, Flux<SandboxPlan> plans) {
        SourceResolver resolver = new SourceResolver(session.platform(), DEADLINE, session.owner(), Time.system());
        ImageMemory memory = ImageMemory.ofRun(Time.system());
        Progress progress = new Progress(invocation.terminal(), System::nanoTime, () -> 0);
        java.util.function.Consumer<RunEvent> listener = event -> tell(progress, event);
        return plans.map(plan -> new Wish(plan.base(), plan.options().resources()))
                .distinct()
                .flatMapSequential(
                        wish -> resolver.resolve(wish.base(), wish.resources(), memory, listener)
                                .doOnNext(found -> found.warnings()
                                        .forEach(warning -> listener.accept(new RunEvent.Warning(warning))))
                                .map(found -> row(wish.base(), found.source())),
                        AT_ONCE,
                        1)
                .collectList()
                .map(this::show);
    }

    /** Of several builds at once. */
    private static synchronized void tell(Progress progress, RunEvent event) {
        progress.accept(event);
    }

    /** What was made sure of. */
    private record Row(String snapshot, String from) {}

    private static Row row(Base base, CreateSandbox.Source source) {
        boolean named = source instanceof CreateSandbox.Source.Snapshot snapshot && snapshot.name() != null;
        String name =
                named ? String.valueOf(((CreateSandbox.Source.Snapshot) source).name()) : "the platform's default";
        return new Row(name, from(base));
    }

    private static String from(Base base) {
        if (base instanceof Base.Build build) {
            return "Dockerfile " + build.build().dockerfile();
        }
        if (base instanceof Base.Image reference) {
            return "image " + reference.reference();
        }
        if (base instanceof Base.DockerDaemon daemon) {
            return "Docker daemon " + daemon.image();
        }
        return base instanceof Base.Snapshot named ? "snapshot " + named.name() : "default snapshot";
    }

    private int show(List<Row> rows) {
        if (json) {
            invocation.printJson(rows.stream()
                    .map(row -> Map.of("snapshot", row.snapshot(), "from", row.from()))
                    .toList());
        } else {
            Table table = new Table("snapshot", "from");
            rows.forEach(row -> table.row(row.snapshot(), row.from()));
            invocation.print(table.lines());
        }
        return ExitCode.DONE;
    }
}
