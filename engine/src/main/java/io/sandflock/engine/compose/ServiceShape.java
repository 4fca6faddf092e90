/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A service, as far as the Compose specification goes. */
final class ServiceShape {

    private static final Keys LIMIT = Keys.none().with(Shapes.TEXT, "path", "rate");
    private static final Keys WEIGHT = Keys.none().with(Shapes.TEXT, "path").with(Shapes.WHOLE_NUMBER, "weight");

    private static final Keys HOOK = Keys.none()
            .with(Shapes.COMMAND, "command")
            .with(Shapes.TEXT, "user", "working_dir")
            .with(Shapes.BOOLEAN, "privileged")
            .with(Shapes.VARIABLES, "environment")
            .required("command");

    /** All keys of a service. */
    static final Keys KEYS = Keys.none()
            .with(
                    Shapes.TEXT,
                    "image",
                    "user",
                    "working_dir",
                    "hostname",
                    "domainname",
                    "network_mode",
                    "cpuset",
                    "cgroup",
                    "cgroup_parent",
                    "ipc",
                    "isolation",
                    "mac_address",
                    "pid",
                    "platform",
                    "pull_policy",
                    "pull_refresh_after",
                    "runtime",
                    "stop_signal",
                    "userns_mode",
                    "uts")
            // YAML 1.1 reads its 'no' as false.
            .with(Shapes.ANY_TEXT, "restart")
            .with(BuildShape.SHAPE, "build")
            .with(Shapes.COMMAND, "command", "entrypoint")
            .with(Shapes.VARIABLES, "environment")
            .with(
                    Shapes.oneOrMore(Shapes.shorthand(
                            "path",
                            Shapes.FILE,
                            Keys.none()
                                    .with(Shapes.FILE, "path")
                                    .with(Shapes.BOOLEAN, "required")
                                    .with(Shapes.oneOf("raw"), "format")
                                    .required("path"))),
                    "env_file")
            .with(Shapes.oneOrMore(Shapes.FILE), "label_file")
            .with(Shapes.LABELS, "labels", "annotations", "sysctls", "storage_opt")
            .with(ServiceParts.DEPENDS_ON, "depends_on")
            .with(ServiceParts.NETWORKS, "networks")
            .with(Shapes.list(Ports.SHAPE), "ports")
            .with(Shapes.list(Mounts.SHAPE), "volumes")
            .with(ServiceParts.HEALTH, "healthcheck")
            .with(ServiceParts.DEPLOY, "deploy")
            .with(ServiceParts.GRANTS, "secrets", "configs")
            .with(ServiceParts.HOSTS, "extra_hosts")
            .with(ServiceParts.ULIMITS, "ulimits")
            .with(Shapes.CPUS, "cpus")
            .with(Shapes.SIZE, "mem_limit", "mem_reservation", "shm_size")
            .with(Shapes.SIZE_OR_NONE, "memswap_limit")
            .with(
                    Shapes.WHOLE_NUMBER,
                    "cpu_count",
                    "cpu_shares",
                    "cpu_quota",
                    "pids_limit",
                    "oom_score_adj",
                    "mem_swappiness",
                    "scale")
            .with(Shapes.TEXT, "cpu_period", "cpu_rt_period", "cpu_rt_runtime")
            .with(Shapes.NUMBER, "cpu_percent")
            .with(
                    Shapes.BOOLEAN,
                    "init",
                    "privileged",
                    "read_only",
                    "stdin_open",
                    "tty",
                    "oom_kill_disable",
                    "use_api_socket",
                    "attach")
            .with(
                    Shapes.TEXTS,
                    "cap_add",
                    "cap_drop",
                    "device_cgroup_rules",
                    "dns_opt",
                    "expose",
                    "external_links",
                    "group_add",
                    "links",
                    "security_opt",
                    "volumes_from")
            .with(Shapes.TEXT_OR_TEXTS, "dns", "dns_search", "tmpfs")
            .with(
                    Shapes.list((node, place) -> node instanceof Node.Fields
                            ? Keys.none()
                                    .with(Shapes.TEXT, "source", "target", "permissions")
                                    .required("source")
                                    .read(node, place)
                            : Shapes.TEXT.read(node, place)),
                    "devices")
            .with(
                    (node, place) -> node instanceof Node.Items
                            ? Shapes.list(ServiceParts.DEVICE).read(node, place)
                            : Shapes.oneOf("all").read(node, place),
                    "gpus")
            .with(logging(), "logging")
            .with(
                    Keys.none()
                            .with(
                                    Shapes.list(LIMIT),
                                    "device_read_bps",
                                    "device_read_iops",
                                    "device_write_bps",
                                    "device_write_iops")
                            .with(Shapes.WHOLE_NUMBER, "weight")
                            .with(Shapes.list(WEIGHT), "weight_device"),
                    "blkio_config")
            .with(Shapes.DURATION, "stop_grace_period")
            .with(Shapes.list(HOOK), "post_start", "pre_stop")
            .with(
                    Shapes.shorthand(
                            "service",
                            Shapes.TEXT,
                            Keys.none()
                                    .with(Shapes.TEXT, "service")
                                    .with(Shapes.FILE, "file")
                                    .required("service")),
                    "extends")
            // Only for people who edit while it runs; its own rules do not matter here.
            .with((node, place) -> node.kind(), "develop")
            .with(ServiceShape::profiles, "profiles")
            .with(
                    Shapes.refused("samples run side by side, and a container's name can be there once on an engine;"
                            + " leave it out, services are reached by their own names"),
                    "container_name")
            .with(Shapes.refused("programs of this machine are no services of a sandbox"), "provider")
            .with(Shapes.refused("a sandbox has no model runner"), "models")
            .with(Shapes.refused("sandboxes run Linux"), "credential_spec");

    private ServiceShape() {}

    private static Keys logging() {
        return Keys.none().with(Shapes.TEXT, "driver").with(Shapes.map(Shapes.ANY_TEXT, true), "options");
    }

    private static @Nullable Object profiles(Node node, Shape.Place place) {
        List<Object> profiles = Shapes.castList(Shapes.TEXTS.read(node, place));
        return profiles.isEmpty()
                ? null
                : place.problem(
                        node,
                        "all services of a file are started, so none may wait for a profile; leave 'profiles' out, or put"
                                + " the service into a file of its own");
    }
}
