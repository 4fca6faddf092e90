/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestTargetTest {

    @Test
    void anEscapedSlashIsNoSeparator() {
        assertThat(RequestTarget.of("/a%2Fb/c").segments()).isEqualTo(List.of("a/b", "c"));
    }

    @Test
    void aDoubleSlashHasAnEmptySegmentBetween() {
        assertThat(RequestTarget.of("//a//b/").segments()).isEqualTo(List.of("", "a", "", "b", ""));
        assertThat(RequestTarget.of("/").segments()).isEmpty();
    }

    @Test
    void dotsStayWhatTheyAre() {
        assertThat(RequestTarget.of("/a/../%2e%2e/./b").segments()).isEqualTo(List.of("a", "..", "..", ".", "b"));
    }

    @Test
    void nothingIsDecodedTwice() {
        assertThat(RequestTarget.of("/%2525?a=%2525").segments()).isEqualTo(List.of("%25"));
        assertThat(RequestTarget.of("/x?a=%2525").query()).isEqualTo(Map.of("a", "%25"));
    }

    @Test
    void aPlusIsABlankInTheQueryAlone() {
        RequestTarget target = RequestTarget.of("/a+b?path=%2Ftmp%2Fa+b%2Bc&x&y=");
        assertThat(target.segments()).isEqualTo(List.of("a+b"));
        assertThat(target.required("path")).isEqualTo("/tmp/a b+c");
        assertThat(target.parameter("x")).isEmpty();
        assertThat(target.parameter("y")).isEmpty();
    }

    @Test
    void theFirstOfSeveralParametersCounts() {
        assertThat(RequestTarget.of("/?recursive=true&recursive=false").flag("recursive"))
                .isTrue();
        assertThat(RequestTarget.of("/?recursive=yes").flag("recursive")).isFalse();
    }

    @Test
    void whatIsNotUtf8OrNotEscapedIsRefused() {
        for (String uri : List.of("/%ff", "/%c0%af", "/%", "/%2", "/%zz", "/x?a=%ed%a0%80", "/" + "a".repeat(20_000))) {
            assertThatThrownBy(() -> RequestTarget.of(uri))
                    .isInstanceOfSatisfying(
                            HttpError.class, e -> assertThat(e.status()).isIn(400, 414));
        }
    }

    @Test
    void theAbsoluteFormIsItsPath() {
        assertThat(RequestTarget.of("http://127.0.0.1:1/a/b?c=d").segments()).isEqualTo(List.of("a", "b"));
    }
}
