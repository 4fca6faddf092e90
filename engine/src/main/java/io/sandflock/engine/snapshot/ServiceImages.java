/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sandflock.SandflockException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The Docker daemon's image with the images of services in it, as a Dockerfile. A build has no daemon that could pull, so a program
 * fetches them: {@code skopeo}, which is installed where it is missing. They lie in the image as archives, which a sandbox loads before
 * it pulls; those that the daemon's image brings already are left alone.
 */
final class ServiceImages {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int LOG_LINES = 2;

    /** An archive that no index names is loaded anyway, so one that others rely on is not begun. */
    private static final String PROGRAM = """
            set -eu
            mkdir -p /var/lib/sandflock/images
            cd /var/lib/sandflock/images
            index=index
            if [ ! -e index ] && [ "$(ls)" ]; then index=/dev/null; fi
            : >>"$index"
            brought() {
                while read -r archive known; do
                    if [ "$known" = "$1" ]; then return 0; fi
                done <"$index"
                return 1
            }
            added=
            fetcher() {
                if command -v skopeo >/dev/null; then return 0; fi
                if command -v apk >/dev/null; then
                    apk add -q --no-cache --virtual sandflock-fetcher skopeo
                    added=1
                elif command -v apt-get >/dev/null; then
                    apt-get update -q
                    apt-get install -y -q --no-install-recommends skopeo
                    rm -rf /var/lib/apt/lists/*
                else
                    echo "neither skopeo is there nor apk or apt-get to install it" >&2
                    return 1
                fi
            }
            number=0
            for image; do
                number=$((number + 1))
                if brought "$image"; then continue; fi
                fetcher
                case ${image##*/} in *:*) named=$image ;; *) named=$image:latest ;; esac
                echo "fetching $image"
                skopeo --insecure-policy copy -q --retry-times 3 "docker://$named" "docker-archive:service-$number.tar:$named"
                echo "service-$number.tar $image" >>"$index"
            done
            if [ "$added" ]; then apk del -q sandflock-fetcher; fi
            """;

    private ServiceImages() {}

    /** Words as JSON: no shell of the builder's reads them. */
    static String dockerfile(String daemonImage, List<String> images) {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", program(), "sandflock-images"));
        words.addAll(images);
        try {
            return "FROM " + daemonImage + "\nRUN " + JSON.writeValueAsString(words) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a list of words is JSON", e);
        }
    }

    private static String program() {
        return PROGRAM.lines().map(String::strip).collect(Collectors.joining("\n"));
    }

    /** What people are told when it could not be made: one line, with the last ones of the build's log. */
    static String warning(SandflockException error) {
        List<String> lines = error.reason()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("--->"))
                .toList();
        // The first one says that it failed, which is told anyway.
        int from = Math.max(Math.min(1, lines.size() - 1), lines.size() - LOG_LINES);
        String why = lines.isEmpty() ? error.code().name() : String.join(" / ", lines.subList(from, lines.size()));
        return "the services' images are pulled in each sandbox, since they could not be put into its snapshot: " + why;
    }
}
