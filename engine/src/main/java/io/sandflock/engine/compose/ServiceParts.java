/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parts of a service. */
final class ServiceParts {

    /** Hosts as a list of {@code name:address}, the form that all versions of Compose read. */
    static final Shape HOSTS = ServiceParts::hosts;

    static final Shape ULIMITS = Shapes.map(
            (node, place) -> node instanceof Node.Fields
                    ? Keys.none()
                            .with(Shapes.WHOLE_NUMBER, "soft", "hard")
                            .required("soft", "hard")
                            .read(node, place)
                    : Shapes.WHOLE_NUMBER.read(node, place),
            false);

    /** Secrets and configs of a service. */
    static final Shape GRANTS = Shapes.list(Shapes.shorthand(
            "source",
            Shapes.TEXT,
            Keys.none()
                    .with(Shapes.TEXT, "source", "target", "uid", "gid")
                    .with(Shapes.MODE, "mode")
                    .required("source")));

    static final Keys DEVICE = Keys.none()
            .with(Shapes.TEXTS, "capabilities", "device_ids")
            .with(ServiceParts::deviceCount, "count")
            .with(Shapes.TEXT, "driver")
            .with(Shapes.LABELS, "options");

    static final Shape DEPENDS_ON = Shapes.namesOr(
            Shapes.map(
                    Keys.none()
                            .with(
                                    Shapes.oneOf(
                                            "service_started", "service_healthy", "service_completed_successfully"),
                                    "condition")
                            .with(Shapes.BOOLEAN, "restart", "required"),
                    true),
            Map.of("condition", "service_started"));

    static final Shape NETWORKS = Shapes.namesOr(
            Shapes.map(
                    Keys.none()
                            .with(Shapes.TEXTS, "aliases", "link_local_ips")
                            .with(Shapes.TEXT, "interface_name", "ipv4_address", "ipv6_address", "mac_address")
                            .with(Shapes.map(Shapes.ANY_TEXT, false), "driver_opts")
                            .with(Shapes.WHOLE_NUMBER, "priority", "gw_priority"),
                    true),
            null);

    static final Keys HEALTH = Keys.none()
            .with(Shapes.BOOLEAN, "disable")
            .with(Shapes.DURATION, "interval", "timeout", "start_period", "start_interval")
            .with(Shapes.whole(0, 10_000), "retries")
            .with(ServiceParts::test, "test");

    private static final Keys RESERVATIONS = Keys.none()
            .with(Shapes.CPUS, "cpus")
            .with(Shapes.SIZE, "memory")
            .with(Shapes.list(DEVICE), "devices")
            .with(
                    Shapes.list(Keys.none()
                            .with(
                                    Keys.none().with(Shapes.TEXT, "kind").with(Shapes.WHOLE_NUMBER, "value"),
                                    "discrete_resource_spec")),
                    "generic_resources");

    private static final Keys ROLLING = Keys.none()
            .with(Shapes.WHOLE_NUMBER, "parallelism")
            .with(Shapes.DURATION, "delay", "monitor")
            .with(Shapes.TEXT, "failure_action")
            .with(Shapes.NUMBER, "max_failure_ratio")
            .with(Shapes.oneOf("start-first", "stop-first"), "order");

    static final Keys DEPLOY = Keys.none()
            .with(Shapes.TEXT, "mode", "endpoint_mode")
            .with(Shapes.whole(0, 10_000), "replicas")
            .with(Shapes.LABELS, "labels")
            .with(ROLLING, "update_config", "rollback_config")
            .with(
                    Keys.none()
                            .with(
                                    Keys.none()
                                            .with(Shapes.CPUS, "cpus")
                                            .with(Shapes.SIZE, "memory")
                                            .with(Shapes.WHOLE_NUMBER, "pids"),
                                    "limits")
                            .with(RESERVATIONS, "reservations"),
                    "resources")
            .with(
                    Keys.none()
                            .with(Shapes.TEXT, "condition")
                            .with(Shapes.DURATION, "delay", "window")
                            .with(Shapes.WHOLE_NUMBER, "max_attempts"),
                    "restart_policy")
            .with(
                    Keys.none()
                            .with(Shapes.TEXTS, "constraints")
                            .with(Shapes.list(Keys.none().with(Shapes.TEXT, "spread")), "preferences")
                            .with(Shapes.WHOLE_NUMBER, "max_replicas_per_node"),
                    "placement");

    private ServiceParts() {}

    private static @Nullable Object deviceCount(Node node, Shape.Place place) {
        return node instanceof Node.Scalar scalar && scalar.text().equals("all")
                ? "all"
                : Shapes.whole(0, 1_000).read(node, place);
    }

    private static @Nullable Object test(Node node, Shape.Place place) {
        Object test = Shapes.COMMAND.read(node, place);
        List<Object> words = Shapes.castList(test);
        boolean known = !(test instanceof List<?>)
                || (!words.isEmpty() && List.of("NONE", "CMD", "CMD-SHELL").contains(words.get(0)));
        return known ? test : place.problem(node, "expected a list that begins with CMD, CMD-SHELL or NONE");
    }

    private static @Nullable Object hosts(Node node, Shape.Place place) {
        List<Object> hosts = new ArrayList<>();
        if (node instanceof Node.Fields) {
            Map<String, @Nullable Object> map =
                    Shapes.castMap(Shapes.map(Shapes.TEXT_OR_TEXTS, false).read(node, place));
            map.forEach((host, addresses) ->
                    Shapes.castList(addresses).forEach(address -> hosts.add(host + ":" + address)));
            return hosts;
        }
        for (Object host : Shapes.castList(Shapes.TEXTS.read(node, place))) {
            String text = host.toString();
            int equals = text.indexOf('=');
            int separator = equals > 0 ? equals : text.indexOf(':');
            if (separator < 1 || separator == text.length() - 1) {
                return place.problem(node, "expected HOST=ADDRESS or HOST:ADDRESS");
            }
            hosts.add(text.substring(0, separator) + ":" + text.substring(separator + 1));
        }
        return hosts;
    }
}
