/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.ImageBuild;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A sandbox's plan as {@code --json} prints it: what is left to the platform is left out. Variables and build arguments by name. */
final class PlanJson {

    private PlanJson() {}

    static Map<String, @Nullable Object> of(SandboxPlan plan) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("base", base(plan.base()));
        json.put("request", request(plan.options()));
        json.put("resources", resources(plan.options().resources()));
        json.put("environment", plan.environment());
        plan.project().ifPresent(project -> {
            json.put("services", services(plan, project));
            json.put("uploads", uploads(project));
        });
        json.put("warnings", plan.warnings());
        return json;
    }

    private static Map<String, @Nullable Object> base(Base base) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        if (base instanceof Base.Snapshot snapshot) {
            json.put("snapshot", snapshot.name());
        } else if (base instanceof Base.Image image) {
            json.put("image", image.reference());
        } else if (base instanceof Base.Build build) {
            json.put("build", build(build.build()));
        } else if (base instanceof Base.DockerDaemon daemon) {
            json.put("dockerDaemon", daemon.image());
        } else {
            json.put("snapshot", null);
        }
        return json;
    }

    private static Map<String, Object> build(ImageBuild build) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("context", build.context().toString());
        json.put("dockerfile", build.dockerfile().toString());
        json.put("args", List.copyOf(build.args().keySet()));
        build.target().ifPresent(target -> json.put("target", target));
        return json;
    }

    private static Map<String, Object> request(SandboxOptions options) {
        Map<String, Object> json = new LinkedHashMap<>();
        options.user().ifPresent(user -> json.put("user", user));
        json.put("env", List.copyOf(options.env().keySet()));
        json.put("labels", options.labels());
        json.put("networkBlockAll", options.networkBlockAll());
        options.networkAllowList().ifPresent(list -> json.put("networkAllowList", list));
        json.put("public", options.isPublic());
        json.put("ephemeral", options.ephemeral());
        options.language().ifPresent(language -> json.put("language", language));
        options.createTimeout().ifPresent(timeout -> json.put("timeoutSeconds", timeout.toMillis() / 1_000.0));
        put(json, "autoStopMinutes", options.intervals().autoStop());
        put(json, "autoArchiveMinutes", options.intervals().autoArchive());
        put(json, "autoDeleteMinutes", options.intervals().autoDelete());
        return json;
    }

    private static Map<String, Object> resources(CreateSandbox.Resources resources) {
        Map<String, Object> json = new LinkedHashMap<>();
        put(json, "cpu", resources.cpu());
        put(json, "memoryGib", resources.memoryGib());
        put(json, "diskGib", resources.diskGib());
        put(json, "gpu", resources.gpu());
        return json;
    }

    private static void put(Map<String, Object> json, String key, OptionalInt number) {
        number.ifPresent(value -> json.put(key, value));
    }

    private static List<Object> services(SandboxPlan plan, Project project) {
        List<Object> services = new ArrayList<>();
        for (Project.Service service : project.services()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", service.name());
            service.image().ifPresent(image -> json.put("image", image));
            json.put("from", plan.imageFrom(service));
            service.user().ifPresent(user -> json.put("user", user));
            service.workingDir().ifPresent(folder -> json.put("workingDir", folder));
            json.put("healthcheck", service.hasHealthcheck());
            json.put("startTimeoutSeconds", service.startTimeout().toMillis() / 1_000.0);
            services.add(json);
        }
        return services;
    }

    private static List<Object> uploads(Project project) {
        List<Object> uploads = new ArrayList<>();
        for (Project.Upload upload : project.uploads()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("path", upload.path());
            json.put("source", upload.source().toString());
            json.put("context", upload.isContext());
            uploads.add(json);
        }
        return uploads;
    }
}
