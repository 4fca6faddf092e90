/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Two or more services: a sandbox with a Docker daemon, and the file that {@code docker compose} reads in it. */
final class ServicesProject {

    /** Docker's own, where a health check does not say. */
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private static final int RETRIES = 3;
    /** For a service without a health check in the file: as long as Inspect AI gives it. */
    private static final Duration START = Duration.ofMinutes(10);

    private static final Set<Object> PULLED_WHEN_MISSING = Set.of("missing", "if_not_present");
    /** Not by digest: an archive of an image cannot say it. */
    private static final Pattern REFERENCE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:-]{0,254}");

    private static final Duration LONGEST_START = Duration.ofHours(24);

    private final Composition composition;
    private final Problems problems;
    private final Uploads uploads;
    private final List<String> warnings;
    private final Variables variables;

    ServicesProject(Composition composition, Problems problems, Path root, Variables variables) {
        this.variables = variables;
        this.composition = composition;
        this.problems = problems;
        this.uploads = new Uploads(root);
        this.warnings = new ArrayList<>(composition.warnings());
    }

    /** The plan; what makes it impossible is noted. */
    SandboxPlan plan(String daemonImage) {
        XDaytona daytona = composition.daytona();
        Map<String, @Nullable Object> model = model();
        List<Project.Service> services = new ArrayList<>();
        composition.services().forEach(name -> services.add(service(name, composition.service(name))));
        composition.services().forEach(name -> warn(name, composition.service(name)));
        if (daytona.networkBlockAll().orElse(false)) {
            warnings.add("x-daytona.network_block_all is not honoured: the Docker daemon in the sandbox pulls images;"
                    + " 'network_mode: none' isolates a service");
        }
        CreateSandbox.Resources resources = Need.withDaemon(composition).resources(daytona);
        Optional<Base> snapshot = daytona.snapshot().map(Base.Snapshot::new);
        if (snapshot.isPresent() && !resources.equals(CreateSandbox.Resources.DEFAULT)) {
            warnings.add("the resources are those of the snapshot "
                    + daytona.snapshot().get() + ", whatever else the file asks for");
            resources = CreateSandbox.Resources.DEFAULT;
        }
        SandboxOptions options = Options.of(daytona, daytona.osUser(), daytona.env(), false, resources);
        Project project = new Project(model, uploads.all(), services, defaultService());
        return new SandboxPlan(
                snapshot.orElseGet(() -> new Base.DockerDaemon(daemonImage, images())),
                options,
                Optional.of(project),
                project.defaultService(),
                warnings);
    }

    /** What can be fetched beforehand: all sandboxes run it, and under the name that it has here. */
    private List<String> images() {
        return composition.services().stream()
                .map(composition::service)
                .filter(service -> !service.containsKey("build") && !service.containsKey("platform"))
                .filter(service ->
                        PULLED_WHEN_MISSING.contains(Objects.requireNonNullElse(service.get("pull_policy"), "missing")))
                .flatMap(service -> text(service, "image").stream())
                .filter(image -> REFERENCE.matcher(image).matches() && !variables.isOfSample(image))
                .distinct()
                .toList();
    }

    private String defaultService() {
        if (!composition.defaults().isEmpty()) {
            return composition.defaults().iterator().next();
        }
        return List.of("default", "main").stream()
                .filter(composition.services()::contains)
                .findFirst()
                .orElseGet(() -> composition.services().iterator().next());
    }

    private Map<String, @Nullable Object> model() {
        Map<String, @Nullable Object> services = new LinkedHashMap<>();
        composition.services().forEach(name -> services.put(name, definition(name, composition.service(name))));
        Map<String, @Nullable Object> model = new LinkedHashMap<>();
        model.put("services", services);
        for (String key : Composition.SHARED) {
            if (!composition.shared(key).isEmpty()) {
                composition.shared(key).forEach((name, value) -> checkFile(key, name, value));
                model.put(key, sent(composition.shared(key)));
            }
        }
        return model;
    }

    private void checkFile(String key, String name, @Nullable Object value) {
        if (Shapes.castMap(value).get("file") instanceof HostPath file && !Files.isRegularFile(file.path())) {
            problems.add(file.source(), key + "." + name + ".file: no such file: " + file.path());
        }
    }

    private Map<String, @Nullable Object> definition(String name, Map<String, @Nullable Object> service) {
        Map<String, @Nullable Object> definition = new LinkedHashMap<>();
        service.forEach((key, value) -> {
            if (key.equals("build")) {
                definition.put(key, build(Shapes.castMap(value)));
            } else if (key.equals("volumes")) {
                Shapes.castList(value).forEach(mount -> checkMount(name, Shapes.castMap(mount)));
                definition.put(key, sent(value));
            } else if (!key.equals("develop")) {
                definition.put(key, sent(value));
            }
        });
        return definition;
    }

    private Map<String, @Nullable Object> build(Map<String, @Nullable Object> build) {
        Map<String, @Nullable Object> definition = Shapes.castMap(sent(build));
        if (build.get("context") instanceof HostPath context && build.get("dockerfile") != null) {
            Path dockerfile = Builds.dockerfile(build, context);
            if (dockerfile != null && !dockerfile.startsWith(context.path())) {
                Path from = Path.of(uploads.add(context.path(), true));
                Path to = Path.of(uploads.add(dockerfile, false));
                definition.put("dockerfile", from.relativize(to).toString());
            } else if (dockerfile != null && uploads.isBelowRoot(dockerfile)) {
                // Whatever its name, and whatever the context's .dockerignore says of it.
                uploads.add(dockerfile, false);
            }
        }
        return definition;
    }

    private void checkMount(String name, Map<String, @Nullable Object> mount) {
        Object source = mount.get("source");
        if (source instanceof HostPath path && !Files.exists(path.path())) {
            warnings.add("services." + name + ".volumes: " + path.path()
                    + " is not there; the service gets an empty folder");
        } else if (source instanceof String text && "bind".equals(mount.get("type"))) {
            warnings.add("services." + name + ".volumes: " + text + " is the sandbox's own path, not this machine's");
        }
    }

    /** As it is sent: paths of this machine become those of the upload, and dollar signs are doubled again. */
    private @Nullable Object sent(@Nullable Object value) {
        if (value instanceof HostPath path) {
            return "./"
                    + (Files.exists(path.path())
                            ? uploads.add(path.path(), path.context())
                            : uploads.missing(path.path()));
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> sent = new LinkedHashMap<>();
            map.forEach((key, inner) -> sent.put(String.valueOf(key), sent(inner)));
            return sent;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> sent = new ArrayList<>();
            list.forEach(inner -> sent.add(sent(inner)));
            return sent;
        }
        return value instanceof String text ? text.replace("$", "$$") : value;
    }

    private void warn(String name, Map<String, @Nullable Object> service) {
        String where = "services." + name + ".";
        if (service.containsKey("develop")) {
            warnings.add(where + "develop is not honoured: nobody edits files while samples run");
        }
        if (!Shapes.castList(service.get("ports")).isEmpty()) {
            warnings.add(where + "ports: they are published in the sandbox, not on this machine");
        }
        if (composition.local().contains(name)) {
            warnings.add(where
                    + "x-local: an image that is on this machine only is not in the sandbox; it is built or pulled");
        }
        Object replicas = service.containsKey("scale")
                ? service.get("scale")
                : Shapes.castMap(service.get("deploy")).get("replicas");
        if (Long.valueOf(0).equals(replicas)) {
            problems.add(composition.source(name), where + "scale: 0 containers; an environment needs one");
        } else if (replicas instanceof Long number && number > 1) {
            warnings.add(where + "scale: commands run in the first of its " + number + " containers");
        }
    }

    private static Project.Service service(String name, Map<String, @Nullable Object> service) {
        Map<String, @Nullable Object> health = Shapes.castMap(service.get("healthcheck"));
        Object test = health.get("test");
        boolean disabled = Boolean.TRUE.equals(health.get("disable"))
                || (test instanceof List<?> words && Objects.equals(words.get(0), "NONE"));
        boolean checked = test != null && !disabled;
        return new Project.Service(
                name,
                text(service, "image"),
                service.containsKey("build"),
                text(service, "user"),
                text(service, "working_dir"),
                checked,
                checked ? startTimeout(health) : START);
    }

    private static Optional<String> text(Map<String, @Nullable Object> service, String key) {
        return Optional.ofNullable((String) service.get(key)).filter(text -> !text.isBlank());
    }

    /** Until Docker would have called it unhealthy: the start period with one probe, then all tries. */
    private static Duration startTimeout(Map<String, @Nullable Object> health) {
        Duration timeout = time(health, "timeout", INTERVAL);
        Duration start = time(health, "start_period", Duration.ZERO);
        long retries = health.get("retries") instanceof Long number && number > 0 ? number : RETRIES;
        Duration tries = time(health, "interval", INTERVAL).plus(timeout).multipliedBy(retries);
        Duration all = tries.plus(start).plus(start.isZero() ? Duration.ZERO : timeout);
        return all.compareTo(LONGEST_START) < 0 ? all : LONGEST_START;
    }

    /** Docker takes 0 for its default too. */
    private static Duration time(Map<String, @Nullable Object> health, String key, Duration otherwise) {
        Duration given = health.get(key) instanceof String text ? Quantities.duration(text) : otherwise;
        given = given.compareTo(LONGEST_START) < 0 ? given : LONGEST_START;
        return given.isZero() ? otherwise : given;
    }
}
