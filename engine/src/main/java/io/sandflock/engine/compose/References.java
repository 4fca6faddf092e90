/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Checks what can only be checked once a file is whole: that services name what is there, and can come up in some order. */
final class References {

    private final Composition composition;
    private final Problems problems;

    private References(Composition composition, Problems problems) {
        this.composition = composition;
        this.problems = problems;
    }

    /** Notes what is wrong. */
    static void check(Composition composition, Problems problems) {
        References references = new References(composition, problems);
        composition.services().forEach(name -> references.service(name, composition.service(name)));
        if (!problems.any()) {
            Set<String> left = new LinkedHashSet<>();
            composition.services().forEach(name -> references.cycle(name, new LinkedHashSet<>(), left));
        }
        if (composition.defaults().size() > 1) {
            List<String> names = List.copyOf(composition.defaults());
            problems.add(
                    composition.source(names.get(1)),
                    "x-default: true stands at more than one service: " + String.join(", ", names));
        }
    }

    private void service(String name, Map<String, @Nullable Object> service) {
        Consumer<String> problem = text -> problems.add(composition.source(name), "services." + name + text);
        Object image = service.get("image");
        if ((image == null || image.toString().isBlank()) && service.get("build") == null) {
            problem.accept(" has neither image nor build; one of them is needed");
        }
        Map<String, @Nullable Object> dependencies = Shapes.castMap(service.get("depends_on"));
        dependencies
                .entrySet()
                .removeIf(entry -> !composition.services().contains(entry.getKey())
                        && Boolean.FALSE.equals(Shapes.castMap(entry.getValue()).get("required")));
        dependencies.replaceAll((other, how) -> condition(Shapes.castMap(how)));
        services(dependencies.keySet(), ".depends_on", name, problem);
        services(before(service.get("links"), ":"), ".links", name, problem);
        Set<String> volumes = before(service.get("volumes_from"), ":");
        volumes.remove("container");
        services(volumes, ".volumes_from", name, problem);
        for (String key : List.of("network_mode", "ipc", "pid")) {
            mode(key, String.valueOf(service.get(key)), name, problem);
        }
        if (service.get("network_mode") != null
                && !Shapes.castMap(service.get("networks")).isEmpty()) {
            problem.accept(".network_mode: stands beside networks; accepted: one of the two");
        }
        shared(service, problem);
    }

    private static Map<String, @Nullable Object> condition(Map<String, @Nullable Object> how) {
        Map<String, @Nullable Object> full = new java.util.LinkedHashMap<>(how);
        full.putIfAbsent("condition", "service_started");
        return full;
    }

    private static Set<String> before(@Nullable Object texts, String separator) {
        Set<String> names = new LinkedHashSet<>();
        Shapes.castList(texts).forEach(text -> names.add(text.toString().split(separator, 2)[0]));
        return names;
    }

    private void services(Set<String> names, String key, String self, Consumer<String> problem) {
        for (String name : names) {
            if (name.equals(self)) {
                problem.accept(key + ": it names itself");
            } else if (!composition.services().contains(name)) {
                problem.accept(
                        key + ": no service " + Problems.shown(name) + Problems.accepted(name, composition.services()));
            }
        }
    }

    private void mode(String key, String mode, String name, Consumer<String> problem) {
        if (mode.startsWith("service:")) {
            services(Set.of(mode.substring("service:".length())), "." + key, name, problem);
        } else if (mode.startsWith("container:")) {
            problem.accept(
                    "." + key + ": a sandbox has no containers but those of its services; accepted: service:NAME");
        }
    }

    private void shared(Map<String, @Nullable Object> service, Consumer<String> problem) {
        Shapes.castMap(service.get("networks")).keySet().forEach(network -> {
            if (!network.equals("default")) {
                known("networks", network, problem);
            }
        });
        Shapes.castList(service.get("volumes")).forEach(item -> {
            Map<String, @Nullable Object> mount = Shapes.castMap(item);
            if ("volume".equals(mount.get("type")) && mount.get("source") != null) {
                known("volumes", String.valueOf(mount.get("source")), problem);
            }
        });
        for (String key : List.of("secrets", "configs")) {
            Shapes.castList(service.get(key))
                    .forEach(grant ->
                            known(key, String.valueOf(Shapes.castMap(grant).get("source")), problem));
        }
        Shapes.castList(Shapes.castMap(service.get("build")).get("secrets"))
                .forEach(grant ->
                        known("secrets", String.valueOf(Shapes.castMap(grant).get("source")), problem));
    }

    private void known(String key, String name, Consumer<String> problem) {
        Set<String> there = composition.shared(key).keySet();
        if (!there.contains(name)) {
            problem.accept("." + key + ": " + Problems.shown(name) + " is not among the file's " + key
                    + (there.isEmpty() ? "; it has none" : Problems.accepted(name, there)));
        }
    }

    /** Depth first; what was left once is in no circle. */
    private void cycle(String name, Set<String> path, Set<String> left) {
        if (left.contains(name) || problems.any()) {
            return;
        }
        if (!path.add(name)) {
            List<String> circle = new ArrayList<>(path);
            circle = circle.subList(circle.indexOf(name), circle.size());
            problems.add(
                    composition.source(name),
                    "depends_on goes in a circle: " + String.join(" -> ", circle) + " -> " + name);
            return;
        }
        Shapes.castMap(composition.service(name).get("depends_on")).keySet().forEach(next -> cycle(next, path, left));
        path.remove(name);
        left.add(name);
    }
}
