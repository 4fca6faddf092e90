/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.control.Routes.Throttler;
import io.sandflock.engine.local.http.Json;
import java.util.Map;

/** What the platform says of itself, and how much of it is used. */
final class ConfigRoutes {

    /** The version whose behaviour this server has. */
    static final String VERSION = "0.190.0";

    private static final Map<String, String> RATES = Map.of(
            "failed-auth", "failedAuth",
            "authenticated", "authenticated",
            "sandbox-create", "sandboxCreate",
            "sandbox-lifecycle", "sandboxLifecycle",
            "sandbox-list", "sandboxList");

    private final SandboxTable table;
    private final SnapshotTable snapshots;
    private final LocalLimits limits;
    private final String origin;

    ConfigRoutes(SandboxTable table, SnapshotTable snapshots, LocalLimits limits, String origin) {
        this.table = table;
        this.snapshots = snapshots;
        this.limits = limits;
        this.origin = origin;
    }

    void addTo(Routes routes) {
        routes.now("GET", "/config", "config", Throttler.NONE, call -> config())
                .now(
                        "GET",
                        "/health",
                        "health",
                        Throttler.NONE,
                        call -> Answer.ok(Json.object().put("status", "ok")))
                .now("GET", "/organizations/{organization}/usage", "usage", Throttler.AUTHENTICATED, this::usage);
    }

    private Answer config() {
        ObjectNode json = Json.object();
        json.put("version", VERSION);
        json.putObject("oidc").put("issuer", "").put("clientId", "").put("audience", "");
        json.put("linkedAccountsEnabled", false);
        json.putObject("announcements");
        json.put("proxyTemplateUrl", origin + "/{{PORT}}-{{sandboxId}}");
        json.put("proxyToolboxUrl", origin + "/toolbox");
        json.put("defaultSnapshot", snapshots.defaultName());
        json.put("dashboardUrl", origin);
        json.put("maxAutoArchiveInterval", 43_200);
        json.put("maintananceMode", false);
        json.put("environment", "local");
        ObjectNode rates = json.putObject("rateLimit");
        limits.rates()
                .forEach((name, rate) -> rates.putObject(RATES.getOrDefault(name, name))
                        .put("ttl", rate.window().toSeconds())
                        .put("limit", rate.limit()));
        return Answer.ok(json);
    }

    private Answer usage(Call call) {
        if (!call.param("organization").equals(SandboxJson.ORGANIZATION)) {
            throw new ApiException(403, "The API key belongs to another organization");
        }
        SandboxTable.Usage used = table.usage();
        LocalLimits.Quota quota = limits.quota();
        ObjectNode json = Json.object();
        ObjectNode region = json.putArray("regionUsage").addObject();
        region.put("regionId", SandboxJson.REGION).put("sandboxClass", "container");
        region.put("totalCpuQuota", finite(quota.cpu())).put("currentCpuUsage", used.cpu());
        region.put("totalMemoryQuota", finite(quota.memoryGib())).put("currentMemoryUsage", used.memory());
        region.put("totalDiskQuota", finite(quota.diskGib())).put("currentDiskUsage", used.disk());
        region.put("totalGpuQuota", 0).put("currentGpuUsage", 0);
        for (String limit : new String[] {
            "maxCpuPerSandbox",
            "maxMemoryPerSandbox",
            "maxDiskPerSandbox",
            "maxDiskPerNonEphemeralSandbox",
            "maxCpuPerGpu",
            "maxMemoryPerGpu",
            "maxDiskPerGpu"
        }) {
            region.putNull(limit);
        }
        long own = snapshots.all().stream().filter(row -> !row.general).count();
        json.put("totalSnapshotQuota", Integer.MAX_VALUE).put("currentSnapshotUsage", own);
        json.put("totalVolumeQuota", 0).put("currentVolumeUsage", 0);
        return Answer.ok(json);
    }

    /** JSON has no infinity. */
    private static long finite(double quota) {
        return (long) Math.min(quota, Integer.MAX_VALUE);
    }
}
