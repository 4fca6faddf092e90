/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.plan.Project;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpReportTest {

    private static UpReport report(String... parts) {
        UpReport report = new UpReport("WORD");
        for (String part : parts) {
            report.add(part.getBytes(StandardCharsets.UTF_8));
        }
        return report;
    }

    @Test
    void linesThatAreCutAnywhereAreRead() {
        String text =
                "WORD ready dockerd=40\nWORD service|web|1|abc|running|daytona|/srv/a b|.\nWORD up dockerd=40 services=900\n";
        for (int cut = 0; cut <= text.length(); cut++) {
            UpReport report = report(text.substring(0, cut), text.substring(cut));
            assertThat(report.isReady()).isTrue();
            assertThat(report.isUp()).isTrue();
            assertThat(report.phases()).isEqualTo("dockerd 40 ms, services 900 ms");
            assertThat(report.containers())
                    .containsExactly(new UpReport.Container("web", 1, "abc", "running", "daytona", "/srv/a b"));
        }
    }

    @Test
    void whatServicesPrintIsNeverTakenForTheReport() {
        UpReport report = report(
                "WORD failed exited db exited with code 3\n\n-- log of db\nup\nWORDup\nword up x=1\n",
                "OTHER up dockerd=1\nWORD phases dockerd=5 exited=7\n");
        assertThat(report.isUp()).isFalse();
        assertThat(report.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.kind()).isEqualTo("exited");
            assertThat(failure.service()).contains("db");
            assertThat(failure.what()).isEqualTo("exited with code 3");
            assertThat(failure.diagnosis()).isEqualTo("-- log of db\nup\nWORDup\nword up x=1\nOTHER up dockerd=1");
        });
        assertThat(report.phases()).isEqualTo("dockerd 5 ms, exited 7 ms");
    }

    @Test
    void aProgramThatSaidNothingIsNeitherUpNorFailed() {
        assertThat(report("").isUp()).isFalse();
        assertThat(report("").failure()).isEmpty();
    }

    @Test
    void timesAddUpAlongTheSlowestChain() {
        Map<String, Object> plain = Map.of("image", "x");
        Project project = new Projects()
                .service("a", Map.of("image", "x", "depends_on", List.of("b", "d")), Duration.ofSeconds(1))
                .service(
                        "b",
                        Map.of("image", "x", "depends_on", Map.of("c", Map.of("condition", "service_healthy"))),
                        Duration.ofSeconds(10))
                .service("c", plain, Duration.ofSeconds(100))
                .service("d", plain, Duration.ofSeconds(50))
                .project();
        assertThat(StartTimes.of(project)).isEqualTo(Duration.ofSeconds(111));
    }

    @Test
    void servicesThatWaitInACircleDoNotHang() {
        Project project = new Projects()
                .service("a", Map.of("image", "x", "depends_on", List.of("b")), Duration.ofSeconds(1))
                .service("b", Map.of("image", "x", "depends_on", List.of("a")), Duration.ofSeconds(2))
                .project();
        assertThat(StartTimes.of(project)).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void imagesWithAPolicyOfTheirOwnAreLeftToCompose() {
        Project project = new Projects()
                .service("a", Map.of("image", "one"))
                .service("b", Map.of("image", "two", "pull_policy", "never"))
                .service("c", Map.of("image", "one", "pull_policy", "missing"))
                .service("d", Map.of("image", "three", "build", "."))
                .project();
        assertThat(DockerProjects.images(project)).containsExactly("one");
    }
}
