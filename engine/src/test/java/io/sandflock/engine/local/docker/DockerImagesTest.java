/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.PermanentException;
import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.UploadedContexts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Images that a real engine builds, and has. */
@Tag("docker")
@Timeout(240)
@ExtendWith(DockerEngine.class)
class DockerImagesTest {

    @TempDir
    static Path state;

    static DockerSubstrate substrate;

    @BeforeAll
    static void open() {
        substrate = DockerEngine.substrate(DockerImagesTest.class, DockerEngine.options(state));
        substrate.open().block(DockerEngine.LONG);
    }

    @AfterAll
    static void close() {
        substrate.closeLater().block(DockerEngine.LONG);
    }

    @Test
    void aDockerfileIsBuiltWithItsContextsAndSandboxesAreMadeFromIt() {
        UploadedContexts contexts = uploads(Map.of(
                "one",
                new TarText()
                        .folder("app/")
                        .file("app/hello", "hello\n", 0755)
                        .link("app/link", "hello")
                        .file("Dockerfile", "the context's own\n", 0644)
                        .bytes(),
                "two",
                new TarText().file("x".repeat(180) + "/deep", "deep\n", 0644).bytes()));
        String dockerfile = "FROM " + DockerEngine.BUSYBOX + "\nWORKDIR /srv\nCOPY . .\nUSER daytona\nENV SAID=so\n";
        List<String> log = build("built-1", dockerfile, List.of("one", "two"), contexts);
        assertThat(String.join("", log)).contains("Step 1/6", "COPY . .", "Successfully tagged");

        Machine box = Boxes.create(substrate, Boxes.of("built-box", "built-1"));
        assertThat(box.shell()).isEqualTo("/bin/sh");
        assertThat(
                        Boxes.out(
                                box,
                                "pwd; id -un; echo $SAID; cat app/hello x*/deep Dockerfile; stat -c %a app/hello; wc -c <app/link; ls"))
                .isEqualTo("/srv\ndaytona\nso\nhello\ndeep\nthe context's own\n755\n0\n"
                        + "Dockerfile\nDockerfile.sandflock\napp\n" + "x".repeat(180) + "\n");
        // A snapshot may go before its sandboxes do; its image goes with the last of them.
        substrate.remove("built-1").block(DockerEngine.LONG);
        assertThat(Boxes.out(box, "cat app/hello")).isEqualTo("hello\n");
        box.destroy().block(DockerEngine.LONG);
        assertThat(DockerEngine.things(substrate.instance())).noneMatch(thing -> thing.contains("built-1"));
    }

    @Test
    void aBuildThatFailsSaysWhatTheCommandSaidAndLeavesNoImage() {
        String mark = "mark-" + System.nanoTime();
        String begin = "FROM " + DockerEngine.BUSYBOX + "\nRUN echo " + mark + " >/first\n";
        build("whole", begin, List.of(), uploads(Map.of()));
        assertThat(imagesWith(mark)).isPositive();
        substrate.remove("whole").block(DockerEngine.LONG);
        assertThat(imagesWith(mark)).isZero();

        assertThatThrownBy(() ->
                        build("failing", begin + "RUN echo the reason is this; exit 3\n", List.of(), uploads(Map.of())))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("failing")
                .hasMessageContaining("returned a non-zero code: 3")
                .hasMessageContaining("the reason is this");
        assertThat(imagesWith(mark)).as("images between").isZero();
    }

    /** Images, those between included, that a command with this text has made. */
    private static long imagesWith(String mark) {
        EngineClient engine = DockerEngine.client();
        try {
            List<String> ids = new ArrayList<>();
            DockerEngine.answer(engine, "/images/json?all=true")
                    .forEach(image -> ids.add(image.path("Id").asText()));
            return ids.stream()
                    .filter(id -> engine.call(HttpMethod.GET, "/images/" + id + "/history")
                            // Others' images come and go.
                            .onErrorResume(EngineException.class, e -> Mono.empty())
                            .map(history -> history.toString().contains(mark))
                            .blockOptional(DockerEngine.LONG)
                            .orElse(false))
                    .count();
        } finally {
            engine.closeLater().block(DockerEngine.LONG);
        }
    }

    @Test
    void aDockerfileThatNeedsBuildKitIsBuiltByIt() {
        UploadedContexts contexts =
                uploads(Map.of("f", new TarText().file("f", "in\n", 0644).bytes()));
        String dockerfile = "FROM " + DockerEngine.BUSYBOX + "\nCOPY --chmod=0711 f /f\n"
                + "RUN <<EOF\necho here-" + System.nanoTime() + " >/here\necho said >&2\nEOF\n"
                + "RUN --mount=type=tmpfs,target=/t touch /t/x\n";
        List<String> log = build("modern", dockerfile, List.of("f"), contexts);
        assertThat(String.join("", log)).contains("COPY --chmod=0711 f /f", "said");
        Machine box = Boxes.create(substrate, Boxes.of("modern-box", "modern"));
        assertThat(Boxes.out(box, "stat -c %a /f; cut -c1-5 /here")).isEqualTo("711\nhere-\n");
        box.destroy().block(DockerEngine.LONG);
        substrate.remove("modern").block(DockerEngine.LONG);

        assertThatThrownBy(() -> build("broken", dockerfile + "RUN echo the reason; exit 5\n", List.of("f"), contexts))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("broken")
                .hasMessageContaining("exit code: 5")
                .hasMessageContaining("the reason");
    }

    @Test
    void aDockerfileThatIsNoneIsRefusedWithTheEnginesWord() {
        assertThatThrownBy(() -> build("nonsense", "FRUM x\n", List.of(), uploads(Map.of())))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("nonsense")
                .hasMessageContaining("FRUM");
        assertThatThrownBy(() -> build("missing", "FROM scratch\n", List.of("no-such"), uploads(Map.of())))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("no-such");
        assertThatThrownBy(() -> build(
                        "climbing",
                        "FROM scratch\nCOPY . .\n",
                        List.of("c"),
                        uploads(Map.of(
                                "c", new TarText().file("a/../../b", "", 0644).bytes()))))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("a/../../b");
    }

    @Test
    void anImageThatTheEngineHasIsNotPulled() {
        List<String> log = substrate
                .build(ImageSpec.pulled("given", DockerEngine.BUSYBOX), uploads(Map.of()))
                .collectList()
                .block(DockerEngine.LONG);
        assertThat(String.join("", log)).contains("is there already");
        Machine box = Boxes.create(substrate, Boxes.of("given-box", "given"));
        assertThat(Boxes.out(box, "id -u; pwd")).isEqualTo("0\n/root\n");
        // Whichever goes first, the image that was there stays under its own name.
        substrate.remove("given").block(DockerEngine.LONG);
        box.destroy().block(DockerEngine.LONG);
        EngineClient engine = DockerEngine.client();
        assertThat(DockerEngine.answer(engine, "/images/" + DockerEngine.BUSYBOX + "/json"))
                .isNotEmpty();
        engine.closeLater().block(DockerEngine.LONG);
    }

    @Test
    void aSnapshotsEntrypointRunsBesideItsSandboxes() {
        substrate
                .build(
                        new ImageSpec(
                                "begun",
                                Optional.of(DockerEngine.BUSYBOX),
                                Optional.empty(),
                                List.of(),
                                List.of("sh", "-c", "echo \"$0 began\" >/tmp/said; exec sleep 1000000", "it's")),
                        uploads(Map.of()))
                .blockLast(DockerEngine.LONG);
        Machine box = Boxes.create(substrate, Boxes.of("begun-box", "begun"));
        assertThat(Boxes.out(box, "until [ -s /tmp/said ]; do sleep .02; done; cat /tmp/said"))
                .isEqualTo("it's began\n");
        box.destroy().block(DockerEngine.LONG);
        substrate.remove("begun").block(DockerEngine.LONG);
    }

    @Test
    void anImageThatNobodyHasIsRefusedWithItsNameAndWhatToDo() {
        String nowhere = "localhost:9/nobody/has-this:1";
        assertThatThrownBy(() -> substrate
                        .build(ImageSpec.pulled("nowhere", nowhere), uploads(Map.of()))
                        .blockLast(DockerEngine.LONG))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining(nowhere)
                .hasMessageContaining("could not be pulled");
        DockerSubstrate other = DockerEngine.substrate(
                DockerImagesTest.class, DockerEngine.options(state).withDefaultImage(nowhere));
        other.open().block(DockerEngine.LONG);
        assertThatThrownBy(() -> Boxes.create(other, Boxes.spec("no-default")))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining(nowhere)
                .hasMessageContaining("--default-image");
        other.closeLater().block(DockerEngine.LONG);
    }

    @Test
    void anImageWithoutAShellIsRefused() {
        build(
                "shellless",
                "FROM scratch\nCOPY x /x\n",
                List.of("x"),
                uploads(Map.of("x", new TarText().file("x", "x", 0644).bytes())));
        assertThatThrownBy(() -> Boxes.create(substrate, Boxes.of("shellless-box", "shellless")))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("shellless")
                .hasMessageContaining("/bin/sh");
    }

    private static List<String> build(String name, String dockerfile, List<String> hashes, UploadedContexts contexts) {
        List<String> log = new ArrayList<>();
        substrate
                .build(ImageSpec.built(name, dockerfile, hashes), contexts)
                .doOnNext(log::add)
                .blockLast(DockerEngine.LONG);
        return log;
    }

    private static UploadedContexts uploads(Map<String, byte[]> tars) {
        return hash -> Mono.justOrEmpty(tars.get(hash))
                .switchIfEmpty(Mono.error(() -> new PermanentException(
                        io.sandflock.ErrorCode.NOT_FOUND, "no context " + hash, io.sandflock.ErrorContext.NONE)));
    }

    @Test
    void aStageThatIsOnlyCopiedFromLeavesNoImage() {
        List<String> log = substrate
                .build(
                        ImageSpec.built(
                                "staged",
                                "FROM " + DockerEngine.BUSYBOX + " AS maker\nRUN echo " + System.nanoTime()
                                        + " >/made\nFROM " + DockerEngine.BUSYBOX
                                        + "\nCOPY --from=maker /made /made\n",
                                List.of()),
                        hash -> Mono.empty())
                .collectList()
                .block(DockerEngine.LONG);
        // Of the base, what the stage made, the base again, the image itself.
        List<String> made = String.join("", log)
                .lines()
                .filter(line -> line.strip().matches("---> [0-9a-f]{12}"))
                .map(line -> line.strip().substring(5))
                .toList();
        EngineClient engine = DockerEngine.client();
        try {
            assertThatThrownBy(() -> DockerEngine.answer(engine, "/images/" + made.get(1) + "/json"))
                    .hasMessageContaining("No such image");
            assertThat(DockerEngine.answer(engine, "/images/" + made.get(0) + "/json"))
                    .isNotEmpty();
            assertThat(DockerEngine.answer(engine, "/images/" + made.get(made.size() - 1) + "/json"))
                    .isNotEmpty();
        } finally {
            engine.closeLater().block(DockerEngine.LONG);
        }
    }
}
