/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.SandboxSpec;
import io.sandflock.Secret;
import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.docker.DockerSubstrate;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.namespace.NamespaceOptions;
import io.sandflock.engine.local.namespace.NamespaceSubstrate;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** Which platform a command talks to. */
final class PlatformOptions {

    /** What the sandboxes of the embedded platform run on. */
    enum LocalSubstrate {
        AUTO,
        NAMESPACE,
        DOCKER,
        SIMULATED
    }

    private @Nullable LocalSubstrate local;
    private @Nullable String daemonImage;
    private final DockerSettings docker = new DockerSettings();

    private boolean images;

    /** For commands that are read from their annotations, and have this as a mixin. */
    @Mixin
    private final CommandSpec spec = declared();

    /** For those that are not. */
    CommandSpec spec() {
        return spec;
    }

    private CommandSpec declared() {
        return Declared.spec(null)
                .addOption(Declared.option("--local", LocalSubstrate.class, () -> local, value -> local = value)
                        .paramLabel("SUBSTRATE")
                        .arity("0..1")
                        .fallbackValue("auto")
                        .description(
                                "use the embedded platform even when DAYTONA_API_KEY is set; SUBSTRATE is namespace, docker, simulated "
                                        + "or auto, the default: docker when something is to be made from an image, a Dockerfile or a "
                                        + "compose file, else namespace")
                        .build())
                .addOption(Declared.option(
                                "--dind-image", String.class, () -> daemonImage, value -> daemonImage = value)
                        .paramLabel("IMAGE")
                        .description("the Docker daemon's image for compose files with several services; default: what "
                                + "SANDFLOCK_DIND_IMAGE names, else " + PlannerSettings.DEFAULT_DAEMON_IMAGE)
                        .build())
                .addMixin("docker", docker.spec());
    }

    /** What compose files mean here. */
    PlannerSettings planner(Map<String, String> environment) {
        PlannerSettings settings = PlannerSettings.of(environment);
        return daemonImage == null ? settings : settings.withDaemonImage(daemonImage);
    }

    /** The hosted platform, when it is chosen. */
    Optional<DaytonaSettings> hosted(Map<String, String> environment) {
        return local == null ? hostedBy(environment) : Optional.empty();
    }

    /** The hosted platform, where nothing else is asked for. */
    static Optional<DaytonaSettings> hostedBy(Map<String, String> environment) {
        String key = environment.getOrDefault("DAYTONA_API_KEY", "");
        if (key.isBlank()) {
            return Optional.empty();
        }
        DaytonaSettings settings = DaytonaSettings.of(Secret.of(key.strip()));
        String url = environment.getOrDefault("DAYTONA_API_URL", environment.getOrDefault("DAYTONA_SERVER_URL", ""));
        if (!url.isBlank()) {
            settings = settings.withUrl(parse(url));
        }
        String target = environment.getOrDefault("DAYTONA_TARGET", "");
        return Optional.of(target.isBlank() ? settings : settings.withTarget(target));
    }

    /**
     * Says what the sandboxes will be made from, which decides where the user has not: images need Docker.
     *
     * @param specs all that may be asked for
     */
    PlatformOptions toMake(Stream<SandboxSpec> specs) {
        images = specs.anyMatch(
                spec -> !spec.equals(SandboxSpec.defaultSnapshot()) && !(spec instanceof SandboxSpec.Snapshot));
        return this;
    }

    /** What the sandboxes of the embedded platform run on; not open yet. */
    Substrate substrate(Map<String, String> environment) {
        LocalSubstrate choice = local == null ? LocalSubstrate.AUTO : local;
        return substrate(choice == LocalSubstrate.AUTO && images ? LocalSubstrate.DOCKER : choice, docker, environment);
    }

    /** All real ones by name. */
    Map<String, Supplier<Substrate>> substrates(Map<String, String> environment) {
        Map<String, Supplier<Substrate>> all = new LinkedHashMap<>();
        all.put("namespace", () -> substrate(LocalSubstrate.NAMESPACE, docker, environment));
        all.put("docker", () -> substrate(LocalSubstrate.DOCKER, docker, environment));
        return all;
    }

    static Substrate substrate(LocalSubstrate choice, DockerSettings docker, Map<String, String> environment) {
        return switch (choice) {
            case AUTO, NAMESPACE -> NamespaceSubstrate.create(NamespaceOptions.defaults(ShellMachineFiles::new));
            case DOCKER -> DockerSubstrate.create(docker.options(environment));
            case SIMULATED -> SimulatedSubstrate.of(SimulatedOptions.DEFAULT);
        };
    }

    private static URI parse(String url) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new InvalidInputException(
                    "DAYTONA_API_URL", "not a URL: '" + url + "'; expected one like https://app.daytona.io/api", e);
        }
        throw new InvalidInputException(
                "DAYTONA_API_URL",
                "not an http or https URL: '" + url + "'; expected one like https://app.daytona.io/api");
    }
}
