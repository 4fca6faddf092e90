/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.control.Routes.Throttler;
import io.sandflock.engine.local.http.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** The routes of {@code /sandbox}. */
final class SandboxRoutes {

    private static final String ROW = "/sandbox/{sandbox}";

    private final SandboxTable table;
    private final SandboxLife life;
    private final SandboxJson json;
    private final SnapshotTable snapshots;
    private final Substrate substrate;
    private final LocalLimits limits;
    private final String toolboxUrl;

    SandboxRoutes(
            SandboxTable table,
            SandboxLife life,
            SandboxJson json,
            SnapshotTable snapshots,
            Substrate substrate,
            LocalLimits limits,
            String toolboxUrl) {
        this.table = table;
        this.life = life;
        this.json = json;
        this.snapshots = snapshots;
        this.substrate = substrate;
        this.limits = limits;
        this.toolboxUrl = toolboxUrl;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/sandbox", "sandbox.create", Throttler.CREATE, this::create)
                .now("GET", "/sandbox", "sandbox.list", Throttler.LIST, this::list)
                .now("GET", "/sandbox/paginated", "sandbox.list", Throttler.LIST, this::paginated)
                .now("GET", ROW, "sandbox.get", Throttler.AUTHENTICATED, call -> Answer.ok(json.full(row(call))))
                .now("DELETE", ROW, "sandbox.delete", Throttler.LIFECYCLE, this::delete)
                .add("POST", ROW + "/start", "sandbox.start", Throttler.LIFECYCLE, this::start)
                .now("POST", ROW + "/stop", "sandbox.stop", Throttler.LIFECYCLE, call -> changed(call, life::stop))
                .now(
                        "POST",
                        ROW + "/archive",
                        "sandbox.archive",
                        Throttler.LIFECYCLE,
                        call -> changed(call, life::archive))
                .now("PUT", ROW + "/labels", "sandbox.labels", Throttler.AUTHENTICATED, this::labels)
                .now("POST", ROW + "/autostop/{minutes}", "sandbox.autostop", Throttler.AUTHENTICATED, this::autoStop)
                .now(
                        "POST",
                        ROW + "/autoarchive/{minutes}",
                        "sandbox.autoarchive",
                        Throttler.AUTHENTICATED,
                        this::autoArchive)
                .now(
                        "POST",
                        ROW + "/autodelete/{minutes}",
                        "sandbox.autodelete",
                        Throttler.AUTHENTICATED,
                        this::autoDelete)
                .now("POST", ROW + "/ttl/{minutes}", "sandbox.ttl", Throttler.AUTHENTICATED, this::ttl)
                .now("POST", ROW + "/public/{flag}", "sandbox.public", Throttler.AUTHENTICATED, this::makePublic)
                .now("POST", ROW + "/last-activity", "sandbox.touch", Throttler.AUTHENTICATED, this::touch)
                .now(
                        "GET",
                        ROW + "/toolbox-proxy-url",
                        "sandbox.toolbox-url",
                        Throttler.AUTHENTICATED,
                        this::toolboxUrl)
                .now("GET", ROW + "/build-logs-url", "sandbox.build-logs", Throttler.AUTHENTICATED, this::buildLogsUrl);
        refused(routes, "POST", "/ssh-access", "sandbox.ssh", 422, "The embedded platform has no SSH gateway");
        refused(routes, "DELETE", "/ssh-access", "sandbox.ssh", 422, "The embedded platform has no SSH gateway");
        String noPreview = "The embedded platform has no preview proxy";
        refused(routes, "GET", "/ports/{port}/preview-url", "sandbox.preview", 400, noPreview);
        refused(routes, "GET", "/ports/{port}/signed-preview-url", "sandbox.preview", 400, noPreview);
        refused(routes, "POST", "/pause", "sandbox.pause", 422, "Pausing is not supported for this sandbox");
        refused(routes, "POST", "/fork", "sandbox.fork", 422, "Forking is not supported for this sandbox");
        refused(routes, "POST", "/snapshot", "sandbox.snapshot", 422, "Snapshots of sandboxes are not supported here");
        refused(routes, "POST", "/resize", "sandbox.resize", 422, "Resizing is not supported for this sandbox");
        refused(routes, "POST", "/recover", "sandbox.recover", 400, "Sandbox is not in a recoverable state");
        refused(
                routes,
                "POST",
                "/network-settings",
                "sandbox.network",
                422,
                "The network of a sandbox cannot be changed here");
    }

    /** What this platform cannot do says so, and a sandbox that does not exist says that first. */
    private void refused(Routes routes, String method, String path, String operation, int status, String message) {
        routes.now(method, ROW + path, operation, Throttler.AUTHENTICATED, call -> {
            row(call);
            throw new ApiException(status, message);
        });
    }

    private Mono<Answer> create(Call call) {
        return Mono.defer(() -> {
            CreateRequest request = CreateRequest.from(call.body());
            checkSubstrate(request);
            SandboxRow row = request.build().isPresent()
                    ? inserted(call, request, Builds.nameOf(request.build().get()), wanted(request))
                    : fromSnapshot(call, request);
            row.requests.incrementAndGet();
            return created(row, call.faults());
        });
    }

    private SandboxRow fromSnapshot(Call call, CreateRequest request) {
        SnapshotRow snapshot = snapshots.usable(request.snapshot());
        SandboxRow row = inserted(call, request, snapshot.name(), snapshot.resources());
        snapshot.used(table.now());
        return row;
    }

    private SandboxRow inserted(Call call, CreateRequest request, String snapshot, SandboxRow.Resources resources) {
        table.checkQuota(limits.quota(), resources);
        return life.create(request, snapshot, resources, call.faults());
    }

    /** The wait inside the request: it ends when the sandbox started, when it failed, or when it has lasted too long. */
    private Mono<Answer> created(SandboxRow row, List<Fault> faults) {
        ObjectNode inserted = json.full(row, row.state == State.STARTED ? State.CREATING.wire() : row.state.wire());
        // A build is not waited for.
        if (row.request.build().isPresent() || has(faults, Fault.PendingBuild.class)) {
            return Mono.just(Answer.ok(inserted));
        }
        return settled(row).then(Mono.fromSupplier(() -> {
            refuseFailed(row);
            return Answer.ok(has(faults, Fault.StaleAnswer.class) ? inserted : json.full(row));
        }));
    }

    private Mono<Answer> start(Call call) {
        return Mono.defer(() -> {
            SandboxRow row = row(call);
            life.start(row);
            return settled(row).then(Mono.fromSupplier(() -> {
                refuseFailed(row);
                return Answer.ok(json.full(row));
            }));
        });
    }

    private Mono<Void> settled(SandboxRow row) {
        return row.settled().timeout(limits.createWait(), Mono.empty());
    }

    private static void refuseFailed(SandboxRow row) {
        if (row.state.isError()) {
            throw ApiException.badRequest("Sandbox failed to start: " + row.errorReason);
        }
    }

    private void checkSubstrate(CreateRequest request) {
        if (request.build().isPresent() && !substrate.hasImages()) {
            throw ApiException.badRequest(SnapshotTable.noImages(substrate));
        }
        boolean listed = request.networkAllowList().isPresent()
                || request.domainAllowList().isPresent();
        if (listed && !request.networkBlockAll() && !substrate.hasAllowLists()) {
            throw ApiException.badRequest("the substrate " + substrate.name()
                    + " cannot enforce networkAllowList or domainAllowList; use networkBlockAll");
        }
    }

    private static SandboxRow.Resources wanted(CreateRequest request) {
        return new SandboxRow.Resources(
                request.cpu().orElse(1),
                request.memory().orElse(1),
                request.disk().orElse(3));
    }

    private Answer list(Call call) {
        ListQuery.Page page = new ListQuery(call, table.now()).page(table);
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        page.rows().forEach(row -> items.add(json.item(row)));
        answer.put("nextCursor", page.next().orElse(null));
        return Answer.ok(answer);
    }

    private Answer paginated(Call call) {
        int limit = call.number("limit", 1, 200, 100);
        int page = call.number("page", 1, Integer.MAX_VALUE, 1);
        List<SandboxRow> all = new ListQuery(call, table.now()).all(table);
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        all.stream().skip((page - 1L) * limit).limit(limit).forEach(row -> items.add(json.full(row)));
        answer.put("total", all.size());
        answer.put("page", page);
        answer.put("totalPages", (all.size() + limit - 1) / limit);
        return Answer.ok(answer);
    }

    private Answer changed(Call call, Consumer<SandboxRow> change) {
        SandboxRow row = row(call);
        change.accept(row);
        return Answer.ok(json.full(row));
    }

    /** Says {@code destroying} also of what was destroyed meanwhile: the answer is to a request that was accepted. */
    private Answer delete(Call call) {
        SandboxRow row = row(call);
        life.delete(row);
        return Answer.ok(json.full(row, State.DESTROYING.wire()));
    }

    private Answer labels(Call call) {
        Fields fields = new Fields(call.body());
        fields.require(call.body().path("labels").isObject(), "labels must be an object");
        Map<String, String> labels = fields.texts("labels");
        fields.done();
        row(call).labels = labels;
        ObjectNode answer = Json.object();
        labels.forEach(answer.putObject("labels")::put);
        return Answer.ok(answer);
    }

    private Answer autoStop(Call call) {
        return changed(call, row -> row.autoStop = minutes(call, "Auto-stop interval", 0));
    }

    private Answer autoArchive(Call call) {
        return changed(
                call,
                row -> row.autoArchive = CreateRequest.archiveInterval(minutes(call, "Auto-archive interval", 0)));
    }

    private Answer autoDelete(Call call) {
        return changed(call, row -> row.autoDelete = minutes(call, "Auto-delete interval", -1));
    }

    private Answer ttl(Call call) {
        return changed(call, row -> row.ttlMinutes = minutes(call, "TTL", 0));
    }

    private static int minutes(Call call, String what, int least) {
        return Call.number(what, call.param("minutes"), least, Integer.MAX_VALUE);
    }

    private Answer makePublic(Call call) {
        String flag = call.param("flag");
        if (!flag.equals("true") && !flag.equals("false")) {
            throw ApiException.badRequest("isPublic must be true or false");
        }
        return changed(call, row -> row.isPublic = flag.equals("true"));
    }

    /** By id only, as the platform has it. */
    private Answer touch(Call call) {
        byId(call).activeAt = table.now();
        return Answer.empty(201);
    }

    private Answer toolboxUrl(Call call) {
        byId(call);
        return Answer.ok(Json.object().put("url", toolboxUrl));
    }

    private Answer buildLogsUrl(Call call) {
        SandboxRow row = row(call);
        Optional<CreateRequest.Build> build = row.request.build();
        if (build.isEmpty()) {
            throw new ApiException(404, "Sandbox with ID " + row.id + " has no build info");
        }
        return Answer.ok(Json.object().put("url", snapshots.logUrl("sandboxes", row.id)));
    }

    private SandboxRow row(Call call) {
        return table.find(call.param("sandbox"));
    }

    private SandboxRow byId(Call call) {
        String id = call.param("sandbox");
        return table.byId(id).orElseThrow(() -> ApiException.unknownSandbox(id));
    }

    private static boolean has(List<Fault> faults, Class<? extends Fault> type) {
        return faults.stream().anyMatch(type::isInstance);
    }
}
