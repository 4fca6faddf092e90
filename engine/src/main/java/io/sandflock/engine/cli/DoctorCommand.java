/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.PermanentException;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.SandflockException;
import io.sandflock.engine.local.Substrate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Command(name = "doctor", description = DoctorCommand.ABOUT, mixinStandardHelpOptions = true, sortOptions = false)
final class DoctorCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT =
            "Checks that the platform can be used: reaches it, lists sandboxes, runs a command in one, "
                    + "deletes it; and says what the embedded platform can run on here.";

    private final Invocation invocation;

    @Mixin
    private PlatformOptions platform = new PlatformOptions();

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    DoctorCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.needed(
                "java",
                true,
                Runtime.version() + " on " + System.getProperty("os.name") + " " + System.getProperty("os.version")));
        try {
            Session.use(
                    invocation,
                    platform,
                    session -> Flux.fromIterable(checks().entrySet())
                            .concatMap(check ->
                                    examine(check.getKey(), check.getValue().apply(session)))
                            .doOnNext(findings::add)
                            .then(Mono.just(ExitCode.DONE)));
        } catch (SandflockException e) {
            if (ExitCode.isDefect(e)) {
                throw e;
            }
            findings.add(Finding.needed("platform", false, String.valueOf(e.getMessage())));
        }
        Session.await(substrates().doOnNext(findings::add).then());
        show(findings);
        return findings.stream().allMatch(finding -> finding.ok() || !finding.needed())
                ? ExitCode.DONE
                : ExitCode.PLATFORM;
    }

    /** What the embedded platform can run on here, whether or not it was asked for. */
    private Flux<Finding> substrates() {
        return Flux.fromIterable(platform.substrates(invocation.environment()).entrySet())
                .concatMap(entry -> opened(entry.getKey(), entry.getValue()), 1);
    }

    private static Mono<Finding> opened(String name, Supplier<Substrate> made) {
        String subject = "--local " + name;
        return Mono.fromSupplier(made)
                .flatMap(substrate -> substrate
                        .open()
                        .then(Mono.fromSupplier(substrate::isolation))
                        .flatMap(isolation -> substrate.closeLater().thenReturn(isolation)))
                .map(isolation -> new Finding(subject, true, isolation, false))
                .onErrorResume(
                        SandflockException.class,
                        e -> Mono.just(new Finding(subject, false, String.valueOf(e.getMessage()), false)));
    }

    private static Map<String, Function<Session, Mono<String>>> checks() {
        Map<String, Function<Session, Mono<String>>> checks = new LinkedHashMap<>();
        checks.put(
                "platform",
                session -> session.platform()
                        .info()
                        .map(info -> session.platform().url() + ", API " + info.version() + ", default snapshot "
                                + info.defaultSnapshot().orElse("(none)")));
        checks.put(
                "key",
                session -> session.cleanup(false)
                        .find(Optional.empty())
                        .count()
                        .map(count -> Text.count(count, "sandbox") + " of yours there now"));
        checks.put(
                "sandbox",
                session -> session.engine()
                        .withSandbox(
                                SandboxRequest.of(SandboxSpec.defaultSnapshot()),
                                sandbox -> sandbox.environment()
                                        .exec(ExecRequest.shell("id -un; pwd; uname -sr"))
                                        .map(result -> "created, ran a command as "
                                                + result.stdout().text().strip().replace("\n", ", "))));
        checks.put("delete", DoctorCommand::deleted);
        return checks;
    }

    /** A key may create and not delete: such a key leaves the sandbox of every sample to the platform's own intervals. */
    private static Mono<String> deleted(Session session) {
        return Mono.defer(() -> session.engine().liveSandboxes() == 0
                ? Mono.just("the sandbox is gone")
                : Mono.error(new PermanentException(
                        ErrorCode.UNAUTHORIZED,
                        "the sandbox is left; give a key that may delete sandboxes (delete:sandboxes)",
                        ErrorContext.NONE)));
    }

    private static Mono<Finding> examine(String subject, Mono<String> check) {
        return check.map(detail -> Finding.needed(subject, true, detail))
                .onErrorResume(
                        SandflockException.class,
                        e -> Mono.just(Finding.needed(subject, false, String.valueOf(e.getMessage()))));
    }

    private void show(List<Finding> findings) {
        if (json) {
            invocation.printJson(findings.stream()
                    .map(finding -> Map.of("check", finding.subject(), "ok", finding.ok(), "detail", finding.detail()))
                    .toList());
            return;
        }
        Table table = new Table("check", "", "detail");
        findings.forEach(finding -> table.row(finding.subject(), finding.word(), finding.detail()));
        invocation.print(table.lines());
    }

    /** @param needed whether the platform cannot be used without it */
    private record Finding(String subject, boolean ok, String detail, boolean needed) {

        static Finding needed(String subject, boolean ok, String detail) {
            return new Finding(subject, ok, detail, true);
        }

        String word() {
            return ok ? "ok" : needed ? "FAILED" : "no";
        }
    }
}
