/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.control.CreateRequest.Build;
import io.sandflock.engine.local.control.Routes.Throttler;
import io.sandflock.engine.local.http.Json;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The routes of {@code /snapshots}. */
final class SnapshotRoutes {

    private static final String ROW = "/snapshots/{snapshot}";
    private static final Pattern IMAGE =
            Pattern.compile("[a-zA-Z0-9_.\\-:]+(/[a-zA-Z0-9_.\\-:]+)*(@sha256:[a-f0-9]{64})?");
    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private final SnapshotTable table;
    private final Builds builds;
    private final Substrate substrate;
    private final SandboxTable clock;

    SnapshotRoutes(SnapshotTable table, Builds builds, Substrate substrate, SandboxTable clock) {
        this.table = table;
        this.builds = builds;
        this.substrate = substrate;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.now("POST", "/snapshots", "snapshot.create", Throttler.AUTHENTICATED, this::create)
                .now("GET", "/snapshots", "snapshot.list", Throttler.AUTHENTICATED, this::list)
                .now("GET", ROW, "snapshot.get", Throttler.AUTHENTICATED, call -> Answer.ok(json(row(call))))
                .now("DELETE", ROW, "snapshot.delete", Throttler.AUTHENTICATED, this::delete)
                .now("POST", ROW + "/activate", "snapshot.activate", Throttler.AUTHENTICATED, this::activate)
                .now("POST", ROW + "/deactivate", "snapshot.deactivate", Throttler.AUTHENTICATED, this::deactivate)
                .now("GET", ROW + "/build-logs-url", "snapshot.build-logs", Throttler.AUTHENTICATED, this::logUrl);
    }

    private Answer create(Call call) {
        Fields fields = new Fields(call.body());
        Optional<String> name = fields.text("name");
        Optional<String> image = fields.text("imageName").filter(text -> !text.isBlank());
        Optional<Build> build = Build.from(fields);
        List<String> entrypoint = fields.list("entrypoint");
        SandboxRow.Resources resources = new SandboxRow.Resources(
                fields.whole("cpu", 1).orElse(1),
                fields.whole("memory", 1).orElse(1),
                fields.whole("disk", 1).orElse(3));
        fields.require(name.filter(text -> !text.isBlank()).isPresent(), "name should not be empty");
        fields.require(image.isPresent() != build.isPresent(), "Must specify either an image name or build info");
        fields.require(build.isEmpty() || entrypoint.isEmpty(), "Cannot specify an entrypoint when using build info");
        fields.require(fields.whole("gpu", 0).orElse(0) == 0, "GPUs are not available on the embedded platform");
        image.ifPresent(reference -> checkImage(fields, reference));
        fields.done();
        if (!substrate.hasImages()) {
            throw ApiException.badRequest(SnapshotTable.noImages(substrate));
        }
        SnapshotRow row = new SnapshotRow(
                SandboxTable.newId(),
                name.orElseThrow(),
                false,
                image,
                build,
                entrypoint,
                resources,
                "pending",
                clock.now());
        table.insert(row);
        ObjectNode answer = json(row);
        build(row);
        return Answer.ok(answer);
    }

    private static void checkImage(Fields fields, String reference) {
        fields.require(IMAGE.matcher(reference).matches(), "Invalid image name format");
        String last = reference.substring(reference.lastIndexOf('/') + 1);
        fields.require(
                reference.contains("@sha256:") || (last.contains(":") && !last.endsWith(":latest")),
                "Image name must include a tag other than latest, or a digest");
    }

    /** Subscribed here: the build goes on when the request is over. {@link Builds} owns it. */
    private void build(SnapshotRow row) {
        change(row, row.build.isPresent() ? "building" : "pulling");
        ImageSpec image = new ImageSpec(
                row.name(),
                row.imageName,
                row.build.map(Build::dockerfile),
                row.build.map(Build::contextHashes).orElse(List.of()),
                row.entrypoint);
        builds.built(image).subscribe(nothing -> {}, error -> failed(row, error), () -> change(row, "active"));
    }

    private void failed(SnapshotRow row, Throwable error) {
        row.errorReason = String.valueOf(error.getMessage());
        change(row, row.build.isPresent() ? "build_failed" : "error");
    }

    private void change(SnapshotRow row, String state) {
        row.state = state;
        row.updatedAt = clock.now();
    }

    private Answer list(Call call) {
        int limit = call.number("limit", 1, 200, 100);
        int page = call.number("page", 1, Integer.MAX_VALUE, 1);
        Optional<String> name = call.query("name");
        List<SnapshotRow> all = table.all().stream()
                .filter(row -> name.filter(part -> !row.name().contains(part)).isEmpty())
                .sorted(Comparator.comparing((SnapshotRow row) -> row.createdAt).thenComparing(SnapshotRow::name))
                .toList();
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        all.stream().skip((page - 1L) * limit).limit(limit).forEach(row -> items.add(json(row)));
        answer.put("total", all.size()).put("page", page).put("totalPages", (all.size() + limit - 1) / limit);
        return Answer.ok(answer);
    }

    private Answer delete(Call call) {
        String id = call.param("snapshot");
        if (!ID.matcher(id).matches()) {
            throw ApiException.badRequest("Validation failed (uuid is expected)");
        }
        SnapshotRow row = table.find(id);
        if (row.general) {
            throw new ApiException(403, "You cannot delete a general snapshot");
        }
        table.remove(row);
        builds.forget(row.name());
        return Answer.empty(200);
    }

    private Answer activate(Call call) {
        SnapshotRow row = row(call);
        if (!row.state.equals("inactive")) {
            throw ApiException.badRequest(
                    "Snapshot " + row.name() + " is " + (row.state.equals("active") ? "already " : "") + row.state);
        }
        change(row, "active");
        return Answer.ok(json(row));
    }

    private Answer deactivate(Call call) {
        SnapshotRow row = row(call);
        if (!row.state.equals("active")) {
            throw ApiException.badRequest("Snapshot " + row.name() + " is " + row.state);
        }
        change(row, "inactive");
        return Answer.empty(204);
    }

    private Answer logUrl(Call call) {
        SnapshotRow row = row(call);
        if (row.build.isEmpty()) {
            throw new ApiException(404, "Snapshot " + row.name() + " has no build info");
        }
        return Answer.ok(Json.object().put("url", table.logUrl("snapshots", row.id)));
    }

    private SnapshotRow row(Call call) {
        return table.find(call.param("snapshot"));
    }

    private static ObjectNode json(SnapshotRow row) {
        ObjectNode json = Json.object();
        json.put("id", row.id).put("organizationId", SandboxJson.ORGANIZATION);
        json.put("general", row.general).put("name", row.name());
        row.imageName.ifPresent(image -> json.put("imageName", image));
        json.put("state", row.state).putNull("size");
        row.entrypoint.forEach(json.putArray("entrypoint")::add);
        json.put("cpu", row.resources().cpu()).put("gpu", 0);
        json.put("mem", row.resources().memory()).put("disk", row.resources().disk());
        json.put("errorReason", row.errorReason);
        json.put("createdAt", row.createdAt.toString()).put("updatedAt", row.updatedAt.toString());
        Instant used = row.lastUsedAt;
        json.put("lastUsedAt", used == null ? null : used.toString());
        json.putNull("sourceSandboxId");
        row.build.ifPresent(build -> {
            ObjectNode info = json.putObject("buildInfo");
            info.put("dockerfileContent", build.dockerfile());
            build.contextHashes().forEach(info.putArray("contextHashes")::add);
            info.put("createdAt", row.createdAt.toString()).put("updatedAt", row.updatedAt.toString());
            info.put("snapshotRef", Builds.nameOf(build));
        });
        json.putArray("regionIds").add(SandboxJson.REGION);
        json.put("sandboxClass", "container");
        return json;
    }
}
