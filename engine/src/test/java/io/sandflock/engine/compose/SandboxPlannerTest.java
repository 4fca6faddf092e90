/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.InvalidInputException;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.SandboxPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class SandboxPlannerTest {

    private final SandboxPlanner planner =
            new SandboxPlanner(PlannerSettings.defaults().withEnvironment(Map.of("HOST", "laptop")));

    @TempDir
    private Path folder;

    @Test
    void tenThousandSamplesReadAFileOnceAndShareItsPlan() throws IOException {
        SandboxSpec spec = compose("services: {default: {image: debian:12, environment: {A: $HOST}}}");

        List<SandboxPlan> plans = IntStream.range(0, 10_000)
                .mapToObj(number -> planner.planNow(spec, Optional.of(sample(number))))
                .toList();

        assertThat(plans).allMatch(plan -> plan == plans.get(0));
        assertThat(planner.filesOpened()).isEqualTo(1);
    }

    @Test
    void tenThousandSamplesWithAnImageEachReadAFileOnce() throws IOException {
        SandboxSpec spec = compose("services: {default: {image: \"debian:${SAMPLE_METADATA_N}\"}}");

        Flux<Base> bases = Flux.range(0, 10_000)
                .flatMap(number -> planner.plan(spec, sample(number)).map(SandboxPlan::base), 64, 1);

        assertThat(bases.collect(java.util.stream.Collectors.toSet()).block())
                .hasSize(10_000)
                .contains(new Base.Image("debian:9999"));
        assertThat(planner.filesOpened()).isEqualTo(1);
    }

    @Test
    void aFileThatWasChangedIsReadAgain() throws IOException {
        SandboxSpec spec = compose("services: {default: {image: first, environment: {A: $A}}}");
        SandboxPlan first = planner.planNow(spec, Optional.empty());
        Files.writeString(folder.resolve(".env"), "A=from the file");
        SandboxPlan second = planner.planNow(spec, Optional.empty());
        compose("services: {default: {image: third}}");
        Files.setLastModifiedTime(
                folder.resolve("compose.yaml"), FileTime.from(Instant.now().plusSeconds(60)));

        assertThat(first.options().env()).containsEntry("A", "");
        assertThat(second.options().env()).containsEntry("A", "from the file");
        assertThat(planner.planNow(spec, Optional.empty()).base()).isEqualTo(new Base.Image("third"));
    }

    @Test
    void aModelInCodeIsACompositionToo() throws IOException {
        Files.writeString(folder.resolve(".env"), "TAG=12");
        SandboxSpec yaml = SandboxSpec.compose("services: {default: {image: \"debian:${TAG}\"}}", folder);
        SandboxSpec broken = SandboxSpec.compose("{\"services\": {\"a\": {\"imag\": 1}}}", folder);

        StepVerifier.create(planner.plan(yaml).map(SandboxPlan::base))
                .expectNext(new Base.Image("debian:12"))
                .verifyComplete();
        StepVerifier.create(planner.plan(broken))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(InvalidInputException.class)
                        .hasMessageContaining(
                                "compose model:1: unknown key 'imag' in services.a; did you mean 'image'?"))
                .verify();
    }

    @Test
    void metadataHasInspectsNames() throws IOException {
        SandboxSpec spec = compose("""
                services:
                  default:
                    image: debian
                    environment:
                      ID: ${SAMPLE_METADATA___SAMPLE_ID__}
                      TEXT: ${SAMPLE_METADATA_TWO_WORDS}
                      LIST: ${SAMPLE_METADATA_LIST}
                      FLAG: ${SAMPLE_METADATA_FLAG}
                      GONE: ${SAMPLE_METADATA_GONE:-none}
                """);
        Map<String, Object> metadata =
                new java.util.HashMap<>(Map.of("two words", "a $b c", "list", List.of(1, "x"), "flag", true));
        metadata.put("gone", null);
        Sample sample = new Sample("s 1", "x", List.of(), metadata, Optional.empty());

        assertThat(planner.planNow(spec, Optional.of(sample)).options().env())
                .isEqualTo(Map.of("ID", "s 1", "TEXT", "a $b c", "LIST", "[1,\"x\"]", "FLAG", "true", "GONE", "none"));
    }

    @Test
    void anAbsolutePathInTheComposeFolderIsLikeARelativeOne() throws IOException {
        Files.createDirectory(folder.resolve("data"));
        SandboxSpec spec =
                compose("services: {a: {image: x, volumes: [\"" + folder + "/data:/data\"]}, b: {image: y}}");

        SandboxPlan plan = planner.planNow(spec, Optional.empty());

        assertThat(plan.project().orElseThrow().uploads())
                .singleElement()
                .satisfies(upload -> assertThat(upload.path()).isEqualTo("project/data"));
        assertThat(plan.warnings()).isEmpty();
    }

    @Test
    void aLinkInTheFolderDoesNotLeadMetadataOutOfIt() throws IOException {
        Path inside = Files.createDirectory(folder.resolve("evals"));
        Files.createDirectory(folder.resolve("secrets"));
        Files.createSymbolicLink(inside.resolve("link"), folder.resolve("secrets"));
        Path file = Files.writeString(
                inside.resolve("compose.yaml"),
                "services: {a: {image: x, volumes: [\"./${SAMPLE_METADATA_DIR}:/d\"]}, b: {image: y}}");
        Sample sample = new Sample("s", "x", List.of(), Map.of("dir", "link"), Optional.empty());

        assertThatThrownBy(() -> planner.planNow(new SandboxSpec.Compose(file), Optional.of(sample)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(
                        "a sample's metadata leads to './link', which is outside of the compose file's folder");
    }

    @Test
    void secretsAreInNoText() throws IOException {
        SandboxSpec spec = compose("""
                x-daytona: {env_vars: {T: s3cret}}
                services:
                  a: {build: {context: ., args: {K: s3cret}}, environment: {A: s3cret}}
                  b: {image: y}
                """);
        Files.writeString(folder.resolve("Dockerfile"), "FROM debian");

        assertThat(planner.planNow(spec, Optional.empty()).toString()).doesNotContain("s3cret");
        assertThat(PlannerSettings.defaults()
                        .withEnvironment(Map.of("A", "s3cret"))
                        .toString())
                .doesNotContain("s3cret");
        assertThat(SandboxSpec.compose("services: s3cret", folder).toString()).doesNotContain("s3cret");
    }

    @Test
    void servicesThatMultiplyAreBounded() throws IOException {
        StringBuilder text = new StringBuilder("services:\n");
        for (int i = 0; i < 5_000; i++) {
            text.append("  s").append(i).append(": {extends: s").append(i + 1).append(", image: x}\n");
        }
        SandboxSpec spec = compose(text + "  s5000: {image: x}\n");
        SandboxSpec laughs = SandboxSpec.compose(
                "services: {a: {image: x, environment: {A: \"" + "$BIG".repeat(1_000) + "\"}}}", folder);
        SandboxPlanner big =
                new SandboxPlanner(PlannerSettings.defaults().withEnvironment(Map.of("BIG", "x".repeat(100_000))));

        assertThatThrownBy(() -> planner.planNow(spec, Optional.empty())).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> big.planNow(laughs, Optional.empty()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("becomes longer than");
    }

    private SandboxSpec compose(String text) throws IOException {
        return new SandboxSpec.Compose(Files.writeString(folder.resolve("compose.yaml"), text));
    }

    private static Sample sample(int number) {
        return new Sample("s" + number, "x", List.of(), Map.of("n", number), Optional.empty());
    }
}
