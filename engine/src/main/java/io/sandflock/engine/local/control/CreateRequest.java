/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** What a {@code POST /sandbox} asks for, checked. */
record CreateRequest(
        Optional<String> name,
        Optional<String> snapshot,
        Optional<Build> build,
        Optional<String> user,
        Map<String, String> env,
        Map<String, String> labels,
        boolean isPublic,
        boolean networkBlockAll,
        Optional<String> networkAllowList,
        Optional<String> domainAllowList,
        Optional<String> target,
        OptionalInt cpu,
        OptionalInt memory,
        OptionalInt disk,
        int autoStop,
        int autoArchive,
        int autoDelete,
        int ttlMinutes) {

    private static final Pattern CIDR =
            Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!/)|(?=/))){4}/(?:3[0-2]|[12]?\\d)");
    private static final Pattern MARKUP = Pattern.compile("[<>\\p{Cntrl}]|://");
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_ARCHIVE = 43_200;

    /** A build of an image. */
    record Build(String dockerfile, List<String> contextHashes) {

        static Optional<Build> from(Fields fields) {
            return fields.object("buildInfo").map(info -> {
                Optional<String> dockerfile = info.text("dockerfileContent");
                List<String> hashes = info.list("contextHashes");
                fields.require(
                        dockerfile.filter(text -> !text.isBlank()).isPresent(),
                        "buildInfo.dockerfileContent should not be empty");
                info.addTo(fields);
                return new Build(dockerfile.orElse(""), List.copyOf(hashes));
            });
        }
    }

    /** Never the variables. */
    @Override
    public String toString() {
        return "CreateRequest[" + name.orElse("") + "]";
    }

    /** Reads a request; what cannot be had is refused, never left out. */
    static CreateRequest from(JsonNode json) {
        Fields fields = new Fields(json);
        CreateRequest request = new CreateRequest(
                fields.text("name").filter(name -> !name.isEmpty()),
                fields.text("snapshot").filter(name -> !name.isEmpty()),
                Build.from(fields),
                fields.text("user").filter(name -> !name.isEmpty()),
                fields.texts("env"),
                fields.texts("labels"),
                fields.flag("public"),
                fields.flag("networkBlockAll"),
                fields.text("networkAllowList").filter(list -> !list.isBlank()),
                fields.text("domainAllowList").filter(list -> !list.isBlank()),
                fields.text("target"),
                fields.whole("cpu", 1),
                fields.whole("memory", 1),
                fields.whole("disk", 1),
                fields.whole("autoStopInterval", 0).orElse(15),
                archiveInterval(fields.whole("autoArchiveInterval", 0).orElse(10_080)),
                fields.whole("autoDeleteInterval", -1).orElse(-1),
                fields.whole("ttlMinutes", 0).orElse(0));
        request.check(fields);
        fields.done();
        return request;
    }

    /** 0 stands for the longest interval that there is. */
    static int archiveInterval(int minutes) {
        return minutes == 0 ? LONGEST_ARCHIVE : Math.min(minutes, LONGEST_ARCHIVE);
    }

    boolean hasResources() {
        return cpu.isPresent() || memory.isPresent() || disk.isPresent();
    }

    private void check(Fields fields) {
        name.ifPresent(text -> fields.require(
                text.length() <= LONGEST_NAME && !MARKUP.matcher(text).find(),
                "name must have at most " + LONGEST_NAME
                        + " characters and neither markup, URLs nor control characters"));
        networkAllowList.ifPresent(list -> fields.require(
                List.of(list.split(",")).stream()
                        .allMatch(cidr -> CIDR.matcher(cidr.strip()).matches()),
                "networkAllowList must be IPv4 networks with prefix length, separated by commas"));
        fields.require(snapshot.isEmpty() || build.isEmpty(), "Cannot specify both a snapshot and a build");
        fields.require(build.isPresent() || !hasResources(), "Cannot specify Sandbox resources when using a snapshot");
        fields.require(fields.whole("gpu", 0).orElse(0) == 0, "GPUs are not available on the embedded platform");
        fields.require(!fields.has("volumes"), "Volumes are not available on the embedded platform");
        fields.require(!fields.has("secrets"), "Secrets are not available on the embedded platform");
        fields.require(!fields.has("linkedSandbox"), "Linked sandboxes are not available on the embedded platform");
    }
}
