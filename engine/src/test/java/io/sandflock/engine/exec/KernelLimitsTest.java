/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.PermanentException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands that Linux would never start are refused without a request. */
@Timeout(60)
class KernelLimitsTest {

    private final Bench bench = new Bench();

    @AfterEach
    void nothingWasSent() {
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(bench.toolbox.requests.get()).isZero();
    }

    @Test
    void anArgumentOf128KibIsRefusedWithItsPlaceAndSize() {
        assertRefused(ExecRequest.of("printf", "%s", "s".repeat(128 << 10)), "argument 2 is too long, 131072 bytes");
    }

    @Test
    void bytesAreCountedAndNotCharacters() {
        assertRefused(ExecRequest.of("printf", "\u20ac".repeat(50_000)), "argument 1 is too long, 150000 bytes");
    }

    @Test
    void aVariableOf128KibIsRefusedWithItsName() {
        assertRefused(
                ExecRequest.builder(List.of("true"))
                        .env("SECRET", "s".repeat(128 << 10))
                        .build(),
                "variable SECRET is too long");
    }

    @Test
    void aVariableWithALongNameIsRefusedWithABeginningOfIt() {
        assertRefused(
                ExecRequest.builder(List.of("true"))
                        .env("N".repeat(128 << 10), "")
                        .build(),
                "variable " + "N".repeat(100) + "... is too long");
    }

    @Test
    void moreThanAnyStackTakesIsRefused() {
        List<String> argv = new ArrayList<>(List.of("true"));
        argv.addAll(Collections.nCopies(65, "s".repeat(100_000)));
        assertRefused(ExecRequest.builder(argv).build(), "too long, 6500598 bytes in all");
    }

    @Test
    void aUserWithAnEndlessNameIsRefused() {
        assertRefused(
                ExecRequest.builder(List.of("true")).user("u".repeat(200_000)).build(),
                "its user is 200000 bytes long; at most 256 are accepted");
    }

    @Test
    void aDirectoryWithAnEndlessNameIsAFileError() {
        String cwd = "/" + "d".repeat(200_000);
        ExecRequest request = ExecRequest.builder(List.of("true")).cwd(cwd).build();
        assertThatThrownBy(() -> bench.environment.exec(request).block(Bench.PATIENCE))
                .isInstanceOfSatisfying(FileException.class, error -> {
                    assertThat(error.errno()).isEqualTo(Errno.ENAMETOOLONG);
                    assertThat(error.path()).isEqualTo(cwd);
                });
    }

    private void assertRefused(ExecRequest request, String problem) {
        assertThatThrownBy(() -> bench.environment.exec(request).block(Bench.PATIENCE))
                .satisfies(error -> assertRefusal(error, problem));
        assertThatThrownBy(() -> bench.environment.execStream(request).blockLast(Bench.PATIENCE))
                .satisfies(error -> assertRefusal(error, problem));
    }

    private static void assertRefusal(Throwable error, String problem) {
        assertThat(error)
                .isInstanceOfSatisfying(
                        PermanentException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_INPUT))
                .hasMessageContaining("nothing was sent")
                .hasMessageContaining(problem)
                .hasMessageNotContaining("ssss");
    }
}
