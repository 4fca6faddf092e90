/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.Project.Service;
import io.sandflock.engine.plan.Project.Upload;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Projects, put together by hand. */
final class Projects {

    private final Map<String, @Nullable Object> services = new LinkedHashMap<>();
    private final Map<String, @Nullable Object> model = new LinkedHashMap<>();
    private final List<Service> list = new ArrayList<>();
    private final List<Upload> uploads = new ArrayList<>();

    Projects() {
        model.put("services", services);
    }

    /** A service of an image that sleeps. */
    Projects service(String name, String image) {
        return service(name, Map.of("image", image, "command", List.of("sleep", "1000000")));
    }

    Projects service(String name, Map<String, ?> given) {
        return service(name, given, Duration.ofSeconds(10));
    }

    Projects service(String name, Map<String, ?> given, Duration startTimeout) {
        services.put(name, given);
        list.add(new Service(
                name,
                Optional.ofNullable((String) given.get("image")),
                given.containsKey("build"),
                Optional.empty(),
                Optional.empty(),
                given.containsKey("healthcheck"),
                startTimeout));
        return this;
    }

    Projects with(String key, Object value) {
        model.put(key, value);
        return this;
    }

    Projects upload(String path, Path source) {
        uploads.add(new Upload(path, source, false));
        return this;
    }

    Project project() {
        return new Project(model, uploads, list, list.get(0).name());
    }
}
