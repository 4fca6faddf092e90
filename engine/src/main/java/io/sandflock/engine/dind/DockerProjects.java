/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.Environment;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.PermanentException;
import io.sandflock.Sandbox;
import io.sandflock.SandflockException;
import io.sandflock.Stage;
import io.sandflock.TransientException;
import io.sandflock.engine.dind.UpReport.Container;
import io.sandflock.engine.dind.UpReport.Failure;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.StreamedInput;
import io.sandflock.engine.exec.ToolboxEnvironment;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.Project.Service;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.tar.TarArchive;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Brings projects up. One upload, and one program in the sandbox that starts the daemon, fetches and builds images, starts the services
 * and waits for them: at most once for each sandbox, whatever the network does. It answers when the daemon is there and when all is
 * there, and in between every {@link ExecSettings#hold()}: a request each.
 */
public final class DockerProjects {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.dind");

    private static final String FOLDER = "/var/tmp/sandflock-project";
    private static final String PROJECT = "sandflock";
    private static final Duration MARGIN = Duration.ofSeconds(30);
    /** Reasons of a registry's that another attempt does not change. */
    private static final List<String> NO_SUCH_IMAGE = List.of(
            "not found",
            "manifest unknown",
            "denied",
            "invalid reference format",
            "unauthorized",
            "no basic auth credentials",
            "authentication required");

    private final DindSettings settings;
    private final ExecSettings exec;

    private DockerProjects(DindSettings settings, ExecSettings exec) {
        this.settings = settings;
        this.exec = exec;
    }

    /** Reads resources of its jar the first time: not to be called on an event loop. */
    public static DockerProjects create(DindSettings settings, ExecSettings exec) {
        Programs.ready();
        return new DockerProjects(settings, exec);
    }

    /**
     * The sandbox with one environment for each service, the default one first. Cold. Errors: {@link PermanentException} with
     * {@link ErrorCode#SERVICE_FAILED} when a service could not be built, did not start or did not become ready, with its log;
     * {@link TransientException} with {@link ErrorCode#START_FAILED} when the daemon did not start or a registry did not answer.
     *
     * @param entered is told of {@link Stage#DOCKERD} and {@link Stage#COMPOSE} as they begin
     */
    public Mono<Sandbox> start(SandboxInfo sandbox, Project project, Platform platform, Consumer<Stage> entered) {
        return Mono.defer(() -> {
            ToolboxEnvironment inside = ToolboxEnvironment.create(
                    "sandbox",
                    sandbox.id(),
                    platform.toolbox(sandbox),
                    platform.sandboxes(),
                    exec,
                    ThreadLocalRandom.current());
            entered.accept(Stage.DOCKERD);
            return ProjectArchive.of(project)
                    .flatMap(archive -> up(inside, sandbox, project, archive, entered))
                    .map(report -> environments(sandbox, project, inside, report));
        });
    }

    private Mono<UpReport> up(
            ToolboxEnvironment inside,
            SandboxInfo sandbox,
            Project project,
            TarArchive archive,
            Consumer<Stage> entered) {
        String word = SecretWord.next();
        UpReport report = new UpReport(word);
        ExecRequest request = request(project, word);
        return inside.execStream(request, new StreamedInput(archive.size(), archive.content()))
                .doOnNext(event -> take(event, report, entered))
                .then(Mono.defer(() -> verdict(report, sandbox)));
    }

    private ExecRequest request(Project project, String word) {
        Duration services = StartTimes.of(project).plus(settings.grace());
        boolean builds = project.services().stream().anyMatch(Service::isBuilt);
        List<String> argv =
                new ArrayList<>(List.of("/bin/sh", "-c", Programs.UP, "sandflock-up", word, FOLDER, PROJECT));
        argv.addAll(
                List.of(seconds(settings.daemon()), seconds(settings.images()), seconds(services), builds ? "1" : ""));
        argv.add(needsOthers(project) ? "1" : "");
        argv.addAll(images(project));
        // The program ends by itself within each of its times; this is for a shell that hangs.
        Duration all = settings.daemon()
                .plus(settings.images().multipliedBy(2))
                .plus(services)
                .plus(MARGIN);
        return ExecRequest.builder(argv).timeout(all).build();
    }

    /** Those that are pulled when they are not there. What has a policy of its own is left to compose. */
    static List<String> images(Project project) {
        return project.services().stream()
                .filter(service -> !service.isBuilt() && pulledWhenMissing(project, service.name()))
                .flatMap(service -> service.image().stream())
                .filter(image -> !image.startsWith("-"))
                .distinct()
                .toList();
    }

    /** A build's own images are known to its Dockerfile alone. */
    private static boolean needsOthers(Project project) {
        return project.services().stream()
                .anyMatch(service -> service.isBuilt() || !pulledWhenMissing(project, service.name()));
    }

    private static boolean pulledWhenMissing(Project project, String service) {
        Object policy =
                project.model().get("services") instanceof Map<?, ?> all && all.get(service) instanceof Map<?, ?> one
                        ? one.get("pull_policy")
                        : null;
        return policy == null || policy.equals("missing") || policy.equals("if_not_present");
    }

    private static String seconds(Duration duration) {
        return Long.toString(duration.plusMillis(999).toSeconds());
    }

    private static void take(ExecEvent event, UpReport report, Consumer<Stage> entered) {
        if (event instanceof ExecEvent.Stdout stdout) {
            boolean before = report.isReady();
            report.add(stdout.bytes());
            if (report.isReady() && !before) {
                entered.accept(Stage.COMPOSE);
            }
        }
    }

    private static Mono<UpReport> verdict(UpReport report, SandboxInfo sandbox) {
        ErrorContext context = ErrorContext.NONE.withSandbox(sandbox.id());
        if (report.isUp()) {
            LOG.debug("services of sandbox {} are up: {}", sandbox.id(), report.phases());
            return Mono.just(report);
        }
        return Mono.error(() -> report.failure()
                .<SandflockException>map(failure -> error(failure, report.phases(), context))
                .orElseGet(() -> new TransientException(
                        ErrorCode.START_FAILED,
                        "the program that brings the services up ended without saying why; was it killed, perhaps for want of memory?",
                        context,
                        null)));
    }

    /** The eval's own files are to blame for what its services do; for a daemon, or a registry that is away, they are not. */
    private static SandflockException error(Failure failure, String phases, ErrorContext context) {
        String text = failure.service().map(name -> "service " + name + " ").orElse("") + failure.what()
                + " (" + phases + ")"
                + (failure.diagnosis().isEmpty() ? "" : "\n" + failure.diagnosis() + "\n");
        boolean ours = switch (failure.kind()) {
            case "daemon", "upload", "compose" -> true;
            case "pull" -> NO_SUCH_IMAGE.stream().noneMatch(failure.diagnosis()::contains);
            default -> false;
        };
        return ours
                ? new TransientException(ErrorCode.START_FAILED, text, context, null)
                : new PermanentException(ErrorCode.SERVICE_FAILED, text, context);
    }

    private static Sandbox environments(
            SandboxInfo sandbox, Project project, ToolboxEnvironment inside, UpReport report) {
        ErrorContext context = ErrorContext.NONE.withSandbox(sandbox.id());
        Map<String, Container> first = new LinkedHashMap<>();
        for (Container container : report.containers()) {
            first.merge(container.service(), container, (one, other) -> one.number() <= other.number() ? one : other);
        }
        Map<String, Environment> all = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(List.of(project.defaultService()));
        project.services().forEach(service -> names.add(service.name()));
        for (String name : names) {
            Container container = first.get(name);
            if (container == null) {
                throw new TransientException(
                        ErrorCode.START_FAILED,
                        "the service " + name + " has no container in the sandbox",
                        context,
                        null);
            }
            all.computeIfAbsent(name, key -> new ServiceEnvironment(container, inside, context));
        }
        Environment main = all.values().iterator().next();
        return new ServicesSandbox(sandbox.id(), sandbox.name(), main, all);
    }
}
