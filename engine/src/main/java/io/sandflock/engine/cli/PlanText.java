/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A sandbox's plan as tables for people. Variables and build arguments by name. */
final class PlanText {

    private PlanText() {}

    static List<String> lines(SandboxPlan plan) {
        Table request = new Table("setting", "value");
        request.row("made from", base(plan.base()));
        SandboxOptions options = plan.options();
        request.row("resources", resources(options.resources()));
        options.user().ifPresent(user -> request.row("user", user));
        request.row("network", network(options));
        if (!options.env().isEmpty()) {
            request.row("variables", String.join(", ", options.env().keySet()));
        }
        if (!options.labels().isEmpty()) {
            request.row("labels", options.labels());
        }
        if (options.isPublic()) {
            request.row("previews", "public");
        }
        if (options.ephemeral()) {
            request.row("deleted", "as it stops");
        }
        options.language().ifPresent(language -> request.row("language", language));
        options.createTimeout().ifPresent(timeout -> request.row("create timeout", Text.of(timeout)));
        interval(request, "auto-stop", options.intervals().autoStop());
        interval(request, "auto-archive", options.intervals().autoArchive());
        interval(request, "auto-delete", options.intervals().autoDelete());
        request.row("default environment", plan.environment());
        List<String> lines = new ArrayList<>(request.lines());
        plan.project().ifPresent(project -> lines.addAll(project(plan, project)));
        plan.warnings().forEach(warning -> lines.add("warning: " + Table.printable(warning)));
        return lines;
    }

    private static String base(Base base) {
        if (base instanceof Base.Snapshot snapshot) {
            return "snapshot " + snapshot.name();
        }
        if (base instanceof Base.Image image) {
            return "image " + image.reference();
        }
        if (base instanceof Base.Build build) {
            return "build of " + build.build().dockerfile() + " in "
                    + build.build().context()
                    + build.build().target().map(target -> ", target " + target).orElse("")
                    + (build.build().args().isEmpty()
                            ? ""
                            : ", with " + String.join(", ", build.build().args().keySet()));
        }
        return base instanceof Base.DockerDaemon daemon
                ? "snapshot of a Docker daemon, " + daemon.image()
                : "the platform's default snapshot";
    }

    private static String resources(CreateSandbox.Resources of) {
        List<String> parts = new ArrayList<>();
        of.cpu().ifPresent(cpu -> parts.add(cpu + " CPU"));
        of.memoryGib().ifPresent(memory -> parts.add(memory + " GiB"));
        of.diskGib().ifPresent(disk -> parts.add(disk + " GiB of disk"));
        of.gpu().ifPresent(gpu -> parts.add(gpu + " GPU"));
        return parts.isEmpty() ? "the platform's default" : String.join(", ", parts);
    }

    private static String network(SandboxOptions options) {
        return options.networkBlockAll()
                ? "none"
                : options.networkAllowList().map(list -> "to " + list).orElse("the platform's");
    }

    private static void interval(Table table, String name, OptionalInt minutes) {
        minutes.ifPresent(number -> table.row(name, number + " min"));
    }

    private static List<String> project(SandboxPlan plan, Project project) {
        Table services = new Table("service", "image", "from", "user", "folder", "health check", ">start within");
        for (Project.Service service : project.services()) {
            services.row(
                    service.name(),
                    service.image().orElse("-"),
                    plan.imageFrom(service),
                    service.user().orElse("-"),
                    service.workingDir().orElse("-"),
                    service.hasHealthcheck() ? "yes" : "no",
                    Text.of(service.startTimeout()));
        }
        List<String> lines = new ArrayList<>(services.lines());
        if (!project.uploads().isEmpty()) {
            Table uploads = new Table("uploaded", "as", "kind");
            project.uploads()
                    .forEach(upload -> uploads.row(
                            upload.source(), upload.path(), upload.isContext() ? "build context" : "files"));
            lines.addAll(uploads.lines());
        }
        return lines;
    }
}
