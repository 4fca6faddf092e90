/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.Project.Service;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How long a project's services may take until all are ready: the slowest chain of services that wait for one another. */
final class StartTimes {

    private final Map<String, @Nullable Object> model;
    private final Map<String, Service> services;
    private final Map<String, Duration> known = new HashMap<>();
    private final Set<String> underWay = new HashSet<>();

    private StartTimes(Project project) {
        this.model = project.model();
        this.services =
                project.services().stream().collect(Collectors.toMap(Service::name, service -> service, (a, b) -> a));
    }

    static Duration of(Project project) {
        StartTimes times = new StartTimes(project);
        return project.services().stream()
                .map(service -> times.until(service.name()))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    /** A circle, which compose refuses, adds nothing. */
    private Duration until(String name) {
        Service service = services.get(name);
        Duration before = known.get(name);
        if (before != null) {
            return before;
        }
        if (service == null || !underWay.add(name)) {
            return Duration.ZERO;
        }
        Duration waits = dependencies(name).stream()
                .map(this::until)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        underWay.remove(name);
        Duration all = waits.plus(service.startTimeout());
        known.put(name, all);
        return all;
    }

    private List<String> dependencies(String name) {
        if (!(model.get("services") instanceof Map<?, ?> all) || !(all.get(name) instanceof Map<?, ?> service)) {
            return List.of();
        }
        Object given = service.get("depends_on");
        if (given instanceof Map<?, ?> conditions) {
            return conditions.keySet().stream().map(String::valueOf).toList();
        }
        return given instanceof List<?> names
                ? names.stream().map(String::valueOf).toList()
                : List.of();
    }
}
