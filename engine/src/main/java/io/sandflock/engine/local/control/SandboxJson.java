/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Map;

/** Writes sandboxes as the platform does. */
final class SandboxJson {

    /** The one organization that there is. */
    static final String ORGANIZATION = "00000000-0000-4000-8000-000000000001";

    static final String REGION = "local";
    static final String RUNNER = "00000000-0000-4000-8000-000000000002";

    private final SandboxTable table;
    private final String toolboxUrl;

    SandboxJson(SandboxTable table, String toolboxUrl) {
        this.table = table;
        this.toolboxUrl = toolboxUrl;
    }

    /** A sandbox in full. */
    ObjectNode full(SandboxRow row) {
        return full(row, shownState(row));
    }

    /** A sandbox in full, said to be in this state. */
    ObjectNode full(SandboxRow row, String state) {
        ObjectNode json = item(row, state);
        json.set("env", texts(row.request.env()));
        json.putArray("volumes");
        row.request.build().ifPresent(build -> {
            ObjectNode info = json.putObject("buildInfo");
            info.put("dockerfileContent", build.dockerfile());
            build.contextHashes().forEach(info.putArray("contextHashes")::add);
            info.put("createdAt", row.createdAt().toString());
            info.put("updatedAt", row.updatedAt.toString());
            info.put("snapshotRef", row.snapshot);
        });
        return json;
    }

    /** A sandbox as lists have it: without its variables. */
    ObjectNode item(SandboxRow row) {
        return item(row, shownState(row));
    }

    private ObjectNode item(SandboxRow row, String state) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", row.id);
        json.put("organizationId", ORGANIZATION);
        json.put("name", row.name);
        json.put("target", REGION);
        json.put("runnerId", RUNNER);
        json.put("sandboxClass", "container");
        json.put("state", state);
        json.put("desiredState", row.desired);
        json.put("snapshot", row.snapshot);
        json.put("user", row.request.user().orElse("daytona"));
        String reason = row.errorReason;
        if (reason != null) {
            json.put("errorReason", reason);
            json.put("recoverable", false);
        }
        json.put("public", row.isPublic);
        json.put("networkBlockAll", row.request.networkBlockAll());
        // Clients since 0.226 refuse a sandbox that does not say.
        json.put("kvm", false);
        row.request.networkAllowList().ifPresent(list -> json.put("networkAllowList", list));
        row.request.domainAllowList().ifPresent(list -> json.put("domainAllowList", list));
        json.put("cpu", row.resources.cpu());
        json.put("gpu", 0);
        json.put("memory", row.resources.memory());
        json.put("disk", row.resources.disk());
        json.set("labels", texts(row.labels));
        json.put("backupState", "None");
        json.put("autoStopInterval", row.autoStop);
        json.put("autoArchiveInterval", row.autoArchive);
        json.put("autoDeleteInterval", row.autoDelete);
        row.destroyAt().ifPresent(at -> json.put("autoDestroyAt", at.toString()));
        json.put("createdAt", row.createdAt().toString());
        json.put("updatedAt", row.updatedAt.toString());
        json.put("lastActivityAt", row.activeAt.toString());
        json.put("toolboxProxyUrl", toolboxUrl);
        return json;
    }

    /** The state that the world is told: a fault can make it one that nobody knows. */
    private String shownState(SandboxRow row) {
        SandboxRow.Oddity oddity = row.oddity;
        if (oddity != null && !oddity.shownState.isEmpty()) {
            Instant now = table.now();
            if (now.isBefore(oddity.shownUntil)) {
                return oddity.shownState;
            }
        }
        return row.state.wire();
    }

    private static ObjectNode texts(Map<String, String> map) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        map.forEach(json::put);
        return json;
    }
}
