/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.Sample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {

    private static final Sample SAMPLE = sample(List.of("42"));

    private static Sample sample(List<String> target) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("name", "x");
        metadata.put("n", 7L);
        metadata.put("half", 0.5);
        metadata.put("yes", true);
        metadata.put("none", null);
        metadata.put("list", Arrays.asList(1L, "two", null));
        metadata.put("deep", Map.of("er", Map.of("est", "down")));
        metadata.put("a.b", "dotted");
        metadata.put("a", Map.of("b", "nested", "c", "other"));
        return new Sample("s/1", "1 + {{{id}}} }}} $& \\1", target, metadata, Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "plain | plain",
                "{{{id}}} | s/1",
                "{{{ id }}} | s/1",
                "{{{target}}} | 42",
                "<{{{id}}}{{{target}}}> | <s/142>",
                "{{{metadata.name}}} | x",
                "{{{metadata.n}}} | 7",
                "{{{metadata.half}}} | 0.5",
                "{{{metadata.yes}}} | true",
                "{{{metadata.none}}} | null",
                "{{{metadata.list}}} | [1,\"two\",null]",
                "{{{metadata.deep}}} | {\"er\":{\"est\":\"down\"}}",
                "{{{metadata.deep.er.est}}} | down",
                "{{{metadata.a.b}}} | dotted",
                "{{{metadata.a.c}}} | other",
                "{{id}} {id} {{ }} | {{id}} {id} {{ }}",
                "{{{{id}}}} | {s/1}",
                "{\"k\": {{{metadata.n}}}} | {\"k\": 7}",
                "}}} {{{id}}} | }}} s/1",
            })
    void aTemplateIsFilledIn(String template, String text) {
        assertThat(Template.parse(template).render(SAMPLE)).isEqualTo(text);
        assertThat(Template.parse(template).problem(SAMPLE)).isEmpty();
    }

    @Test
    void aValueIsNeverLookedAtAgain() {
        assertThat(Template.parse("[{{{input}}}]").render(SAMPLE)).isEqualTo("[1 + {{{id}}} }}} $& \\1]");
    }

    @Test
    void aLiteralHasNoPlaces() {
        assertThat(Template.literal("{{{input}}} {{{").render(SAMPLE)).isEqualTo("{{{input}}} {{{");
        assertThat(Template.literal("{{{input}}}").isLiteral()).isTrue();
        assertThat(Template.parse("{{{input}}}").isLiteral()).isFalse();
    }

    @Test
    void severalTargetsAreJson() {
        assertThat(Template.parse("{{{target}}}").render(sample(List.of("a", "b"))))
                .isEqualTo("[\"a\",\"b\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{{inptu}}}", "{{{metadata}}}", "{{{metadata.}}}", "{{{}}}", "{{{#if}}}", "{{{input.x}}}"})
    void aNameThatNoSampleHasIsRefused(String template) {
        assertThatThrownBy(() -> Template.parse(template))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("unknown name {{{")
                .hasMessageEndingWith("accepted: input, target, id, metadata.<key>");
    }

    @Test
    void anOpeningWithoutItsEndIsRefused() {
        assertThatThrownBy(() -> Template.parse("a {{{input")).hasMessage("'{{{' without '}}}'");
    }

    @Test
    void aNameThatThisSampleLacksIsAProblemThatShowsNoValue() {
        assertThat(Template.parse("{{{metadata.deep.x}}}").problem(SAMPLE))
                .hasValueSatisfying(text -> assertThat(text)
                        .startsWith(
                                "{{{metadata.deep.x}}} is not in the sample; it has: input, id, target, metadata.name")
                        .doesNotContain("42")
                        .doesNotContain("1 +"));
        assertThat(Template.parse("{{{target}}}").problem(sample(List.of()))).isPresent();
    }

    @Test
    void nothingOfATemplateIsPrinted() {
        assertThat(Template.parse("secret {{{id}}}")).hasToString("Template[1 names]");
        assertThat(new Command.Shell("echo secret")).hasToString("Shell[11 characters]");
        assertThat(new Command.Argv(List.of(Template.literal("secret")))).hasToString("Argv[1 words]");
        assertThat(Script.of("echo secret".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .hasToString("Script[11 bytes]");
    }
}
