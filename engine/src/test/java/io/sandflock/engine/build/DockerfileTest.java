/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a Dockerfile needs of its context, and its text with arguments and target in it. */
class DockerfileTest {

    private static Dockerfile parse(String... lines) {
        return Dockerfile.parse("Dockerfile", String.join("\n", lines) + "\n");
    }

    /** Sources as they are needed; {@code *} is everything. */
    private static List<String> needs(Map<String, String> args, String... lines) {
        Needs needs = Stages.needs(parse(lines), args);
        return needs.everything()
                ? List.of("*")
                : needs.sources().stream()
                        .map(source -> source.pattern() + (source.required() ? "" : "?"))
                        .toList();
    }

    private static List<String> needs(String... lines) {
        return needs(Map.of(), lines);
    }

    @Test
    void sourcesOfCopyAndAddAreNeeded() {
        assertThat(needs("FROM x", "COPY a b /dest/", "ADD ./c/ /d", "copy /e /f"))
                .containsExactly("a", "b", "c", "e");
    }

    @Test
    void pathsAreRelativeToTheContextWhateverTheyLookLike() {
        assertThat(needs("FROM x", "COPY ../../a ./b/../c /d/")).containsExactly("a", "c");
        assertThat(needs("FROM x", "COPY . /")).containsExactly("*");
        assertThat(needs("FROM x", "COPY ./ /")).containsExactly("*");
        assertThat(needs("FROM x", "COPY / /")).containsExactly("*");
    }

    @Test
    void flagsTakeNoSource() {
        assertThat(needs(
                        "FROM x",
                        "COPY --chown=1:2 --chmod=755 --link a /",
                        "COPY --exclude=*.md --parents b/c /",
                        "COPY --link=true c /"))
                .containsExactly("a", "b/c", "c");
    }

    @Test
    void whatComesFromElsewhereIsNotNeeded() {
        assertThat(needs(
                        "FROM x AS one",
                        "FROM y",
                        "COPY --from=one /a /a",
                        "COPY --from=alpine:3 /b /b",
                        "ADD https://example.org/x.tar /",
                        "ADD git@example.org:a/b.git /",
                        "ADD --checksum=sha256:00 http://example.org/y /"))
                .isEmpty();
    }

    @Test
    void jsonFormsHoldBlanks() {
        assertThat(needs("FROM x", "COPY [\"a b\", \"c\", \"/d/\"]")).containsExactly("a b", "c");
        assertThat(needs("FROM x", "COPY --link [ \"a b\", \"/d/\" ]")).containsExactly("a b");
        assertThat(needs("FROM x", "COPY [ab] /d")).containsExactly("[ab]");
    }

    @Test
    void continuationsAreOneInstructionAndHideTheirComments() {
        assertThat(needs("FROM x", "COPY a \\", "# a comment with COPY z /", "", "  b \\  ", "  /dest/", "COPY c /"))
                .containsExactly("a", "b", "c");
    }

    @Test
    void theEscapeCharacterCanBeChosen() {
        assertThat(needs("# escape=`", "FROM x", "COPY a `", "b /")).containsExactly("a", "b");
        assertThat(needs("# syntax=docker/dockerfile:1", "#escape = `", "FROM x", "COPY a `", "b /"))
                .containsExactly("a", "b");
        assertThat(needs("# a comment first", "# escape=`", "FROM x", "COPY a \\", "b /"))
                .containsExactly("a", "b");
        assertThatThrownBy(() -> parse("# escape=x", "FROM x"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Dockerfile:1");
    }

    @Test
    void heredocsAreNoInstructionsAndNoSources() {
        assertThat(needs(
                        "FROM x",
                        "RUN <<EOF",
                        "COPY no /",
                        "EOF",
                        "COPY <<one <<-'two' a /dest/",
                        "COPY no /",
                        "one",
                        "\tCOPY no /",
                        "\ttwo",
                        "COPY b /"))
                .containsExactly("a", "b");
        assertThatThrownBy(() -> parse("FROM x", "RUN <<EOF", "echo"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Dockerfile:2")
                .hasMessageContaining("'EOF'");
        assertThat(needs("FROM x", "RUN echo $((1 << 2)) <<< text", "COPY a /")).containsExactly("a");
    }

    @Test
    void bindMountsOfTheContextAreNeeded() {
        assertThat(needs("FROM x", "RUN --mount=type=bind,source=req.txt,target=/r pip install -r /r"))
                .containsExactly("req.txt");
        assertThat(needs("FROM x", "RUN --mount=target=/src make")).containsExactly("*");
        assertThat(needs(
                        "FROM x AS b", "FROM y", "RUN --mount=from=b,src=/o,target=/i --mount=type=cache,target=/c ls"))
                .isEmpty();
        assertThat(needs("FROM x", "RUN --mount=type=secret,id=k --network=none cat"))
                .isEmpty();
    }

    @Test
    void variablesInSourcesHaveTheValuesThatDockerGivesThem() {
        assertThat(needs(
                        "ARG V=1",
                        "FROM x",
                        "ARG V",
                        "ENV DIR=src/$V OTHER=${DIR:-none}",
                        "COPY $DIR/a \"${DIR}\" ${UNSET:-b} /"))
                .containsExactly("*");
        assertThat(needs("ARG V=1", "FROM scratch", "ARG V", "ENV DIR=src/$V", "COPY $DIR/a ${UNSET:-b}${UNSET} c /"))
                .containsExactly("src/1/a", "b", "c");
        assertThat(needs("FROM scratch", "ENV OLD value with blanks", "ENV A=1 B=$A", "COPY x$B /"))
                .containsExactly("x");
        assertThat(needs("FROM x", "ARG TARGETARCH", "COPY bin/$TARGETARCH /")).containsExactly("bin/amd64");
        assertThat(needs("FROM x", "COPY '$a' b\\$c /")).containsExactly("$a", "b$c");
    }

    @Test
    void argumentsFromOutsideWinAndEnvironmentWinsOverThem() {
        assertThat(needs(Map.of("V", "2"), "FROM x", "ARG V=1", "COPY a$V /")).containsExactly("a2");
        assertThat(needs(Map.of("V", "2"), "FROM x", "ARG V=1", "ENV V=3", "COPY a$V /"))
                .containsExactly("a3");
        assertThat(needs(Map.of("V", "2"), "FROM scratch", "COPY a$V /"))
                .as("without an ARG it is not seen")
                .containsExactly("a");
    }

    @Test
    void whatABaseImageDecidesMayNeedEverything() {
        assertThat(needs("FROM x", "COPY $HOME/a /")).containsExactly("*");
        assertThat(needs("FROM python:3-onbuild", "RUN true")).containsExactly("*");
        assertThat(needs("FROM x AS a", "ENV D=d", "FROM a", "COPY $D /")).containsExactly("d");
        assertThat(needs("FROM x", "ENV D=d", "ARG E=${D#d}", "COPY $E /")).containsExactly("*");
    }

    @Test
    void triggersAreForTheStageThatIsMadeFromTheirs() {
        assertThat(needs("FROM x AS base", "ONBUILD COPY a /", "FROM base", "FROM base"))
                .containsExactly("a?", "a");
        assertThat(needs("FROM x", "ONBUILD COPY a /")).isEmpty();
    }

    @Test
    void aStageThatTheLastOneDoesNotNeedNeedsNothing() {
        assertThat(needs(
                        "FROM x AS unused",
                        "COPY a /",
                        "FROM x AS used",
                        "COPY b /",
                        "FROM x AS mounted",
                        "COPY c /",
                        "FROM x",
                        "COPY --from=used /b /",
                        "RUN --mount=from=2,target=/m ls"))
                .containsExactly("a?", "b", "c");
    }

    @Test
    void whatIsNoDockerfileIsRefusedWithItsLine() {
        assertThatThrownBy(() -> needs("# nothing")).hasMessageContaining("no FROM");
        assertThatThrownBy(() -> needs("RUN x", "FROM y")).hasMessageContaining("Dockerfile:1");
        assertThatThrownBy(() -> needs("FROM x", "", "COPY a")).hasMessageContaining("Dockerfile:3: COPY takes");
        assertThatThrownBy(() -> needs("FROM x y z w")).hasMessageContaining("Dockerfile:1");
        assertThatThrownBy(() -> needs("FROM x", "COPY a[ /")).hasMessageContaining("Dockerfile:2");
    }

    private static String with(Map<String, String> args, String... lines) {
        return BuildText.with(parse(lines), args, new ArrayList<>());
    }

    @Test
    void argumentsAreWrittenIntoTheirInstructionsAndLinesStayWhereTheyAre() {
        assertThat(with(
                        Map.of("A", "it's $5 \"x\" \\", "B", "b c"),
                        "ARG A=1 \\",
                        "# comment",
                        "  OTHER=2",
                        "FROM x",
                        "arg B",
                        "RUN echo $A"))
                .isEqualTo(String.join(
                        "\n",
                        "ARG A=\"it's \\$5 \\\"x\\\" \\\\\" OTHER=2",
                        "",
                        "",
                        "FROM x",
                        "ARG B='b c'",
                        "RUN echo $A",
                        ""));
    }

    @Test
    void proxiesNeedNoInstruction() {
        assertThat(with(Map.of("HTTP_PROXY", "http://p"), "FROM x AS a", "FROM a"))
                .isEqualTo("FROM x AS a\nARG HTTP_PROXY='http://p'\nFROM a\nARG HTTP_PROXY='http://p'\n");
    }

    @Test
    void anArgumentThatNothingUsesIsWarnedOfWithoutItsValue() {
        List<String> warnings = new ArrayList<>();
        BuildText.with(parse("FROM x"), Map.of("TYPO", "secret"), warnings);
        assertThat(warnings).singleElement().asString().contains("TYPO").doesNotContain("secret");
    }

    @Test
    void anArgumentWithALineBreakIsRefusedWithoutItsValue() {
        assertThatThrownBy(() -> with(Map.of("A", "a\nb-secret"), "FROM x", "ARG A"))
                .hasMessageContaining("build argument A")
                .hasMessageNotContaining("secret");
    }

    @Test
    void theTargetIsTheEnd() {
        Dockerfile file = parse("FROM x AS one", "RUN 1", "", "FROM one AS Two", "RUN 2", "FROM y", "COPY a /");
        assertThat(BuildText.upTo(file, Optional.of("two")).lines())
                .containsExactly("FROM x AS one", "RUN 1", "", "FROM one AS Two", "RUN 2");
        assertThat(BuildText.upTo(file, Optional.of("0")).lines()).containsExactly("FROM x AS one", "RUN 1", "");
        assertThat(BuildText.upTo(file, Optional.of("2"))).isSameAs(file);
        assertThatThrownBy(() -> BuildText.upTo(file, Optional.of("three")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no stage 'three'; its stages are one, Two, one without a name");
    }
}
