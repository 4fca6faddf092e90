/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One service: the sandbox itself is its container, as far as a platform can. What it cannot do is a warning each. */
final class OneService {

    private static final Set<String> HONOURED = Set.of(
            "image", "build", "environment", "user", "network_mode", "deploy", "cpus", "mem_limit", "gpus", "init");
    private static final Set<String> HONOURED_BUILD = Set.of("context", "dockerfile", "args", "target");
    /** Commands whose only purpose is that the container lives on, which a sandbox does anyway. */
    private static final Set<String> KEEPS_ALIVE =
            Set.of("tail -f /dev/null", "sleep infinity", "sleep inf", "tail -F /dev/null");

    private static final Map<String, String> REASONS = Map.ofEntries(
            Map.entry("command", "a sandbox lives without a command of its own"),
            Map.entry("entrypoint", "a sandbox lives without a command of its own"),
            Map.entry("ports", "a sandbox publishes no ports of this machine"),
            Map.entry("volumes", "nothing is mounted into a sandbox; the eval's 'files' are written into it"),
            Map.entry("tmpfs", "nothing is mounted into a sandbox"),
            Map.entry("networks", "a sandbox has the platform's network; 'network_mode: none' takes it away"),
            Map.entry("healthcheck", "a sandbox is used as soon as the platform says that it is started"),
            Map.entry("working_dir", "commands start in the image's own; 'cwd' of the eval says another one"),
            Map.entry("restart", "the platform restarts nothing"));

    private final Composition composition;
    private final String name;
    private final Map<String, @Nullable Object> service;
    private final Problems problems;
    private final List<String> warnings;

    private OneService(Composition composition, Problems problems) {
        this.composition = composition;
        this.name = composition.services().iterator().next();
        this.service = composition.service(name);
        this.problems = problems;
        this.warnings = new ArrayList<>(composition.warnings());
    }

    /** The plan; what makes it impossible is noted. */
    static Optional<SandboxPlan> plan(Composition composition, Problems problems) {
        return new OneService(composition, problems).plan();
    }

    private Optional<SandboxPlan> plan() {
        XDaytona daytona = composition.daytona();
        Optional<Base> base = base(daytona);
        warnOfKeys();
        CreateSandbox.Resources resources = Need.of(service).resources(daytona);
        if (base.orElse(null) instanceof Base.Snapshot snapshot && !resources.equals(CreateSandbox.Resources.DEFAULT)) {
            warnings.add(
                    "the resources are those of the snapshot " + snapshot.name() + ", whatever else the file asks for");
            resources = CreateSandbox.Resources.DEFAULT;
        }
        Map<String, String> env = new LinkedHashMap<>();
        Shapes.castMap(service.get("environment")).forEach((key, value) -> env.put(key, String.valueOf(value)));
        env.putAll(daytona.env());
        boolean blocked = daytona.networkBlockAll().orElse("none".equals(service.get("network_mode")));
        Optional<String> user = Optional.ofNullable((String) service.get("user"));
        SandboxOptions options = Options.of(daytona, daytona.osUser().or(() -> user), env, blocked, resources);
        return base.map(from -> new SandboxPlan(from, options, Optional.empty(), name, warnings));
    }

    private Optional<Base> base(XDaytona daytona) {
        if (daytona.snapshot().isPresent()) {
            return daytona.snapshot().map(Base.Snapshot::new);
        }
        Object build = service.get("build");
        if (build != null) {
            return Builds.image(name, Shapes.castMap(build), problems, composition.source(name))
                    .map(Base.Build::new);
        }
        String image = String.valueOf(service.get("image"));
        if (image.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
            problems.add(composition.source(name), "services." + name + ".image: a reference has no blanks");
            return Optional.empty();
        }
        return Optional.of(new Base.Image(image));
    }

    private void warnOfKeys() {
        service.forEach((key, value) -> {
            if (!HONOURED.contains(key) && !isNothing(key, value)) {
                warn(
                        key,
                        REASONS.getOrDefault(
                                key, "a sandbox of one service is the platform's, which has no such setting"));
            }
        });
        Map<String, @Nullable Object> build = Shapes.castMap(service.get("build"));
        build.keySet().stream()
                .filter(key -> !HONOURED_BUILD.contains(key))
                .forEach(key -> warn("build." + key, "the platform's builds have no such setting"));
        Map<String, @Nullable Object> deploy = Shapes.castMap(service.get("deploy"));
        deploy.forEach((key, value) -> {
            if (!key.equals("resources")
                    && !(key.equals("replicas") && Long.valueOf(1).equals(value))) {
                warn("deploy." + key, "a service is one sandbox");
            }
        });
        Map<String, @Nullable Object> resources = Shapes.castMap(deploy.get("resources"));
        if (Shapes.castMap(resources.get("limits")).containsKey("pids")) {
            warn("deploy.resources.limits.pids", "the platform has no such limit");
        }
        warnOfGpus(resources);
        for (String key : Composition.SHARED) {
            if (!composition.shared(key).isEmpty()) {
                warnings.add(key + " is not honoured: a sandbox of one service shares nothing");
            }
        }
    }

    private void warnOfGpus(Map<String, @Nullable Object> resources) {
        Map<String, @Nullable Object> reservations = Shapes.castMap(resources.get("reservations"));
        if (reservations.containsKey("generic_resources")) {
            warn("deploy.resources.reservations.generic_resources", "the platform has no such resources");
        }
        boolean all = "all".equals(service.get("gpus"));
        for (Object item : Shapes.castList(reservations.get("devices"))) {
            Map<String, @Nullable Object> device = Shapes.castMap(item);
            boolean gpu = Shapes.castList(device.get("capabilities")).contains("gpu");
            all |= gpu && "all".equals(device.get("count"));
            if (!gpu) {
                warn("deploy.resources.reservations.devices", "the platform has no devices but GPUs");
            }
        }
        if (all) {
            warnings.add("services." + name + ": all GPUs are asked for, and 1 is: a platform has no 'all'");
        }
    }

    /** What asks for nothing that a sandbox does not do anyway. */
    private static boolean isNothing(String key, @Nullable Object value) {
        return switch (key) {
            case "command" ->
                KEEPS_ALIVE.contains(
                        value instanceof List<?> words
                                ? String.join(
                                        " ", words.stream().map(String::valueOf).toList())
                                : String.valueOf(value));
            case "restart" -> "no".equals(value) || "false".equals(value);
            case "platform" -> "linux/amd64".equals(value);
            case "privileged", "read_only", "tty", "stdin_open" -> Boolean.FALSE.equals(value);
            case "scale" -> Long.valueOf(1).equals(value);
            default ->
                (value instanceof List<?> list && list.isEmpty()) || (value instanceof Map<?, ?> map && map.isEmpty());
        };
    }

    private void warn(String key, String reason) {
        warnings.add("services." + name + "." + key + " is not honoured: " + reason);
    }
}
