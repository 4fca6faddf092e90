/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.engine.platform.CommandText;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JsonTest {

    private static final CommandText.Shared SHARED =
            new CommandText.Shared("a 'program' with \"quotes\"\n\u00e9\ud83d\ude00\u0001");

    private static String text(Random random) {
        return random.ints(random.nextInt(60), 0, 0x11000)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    @Test
    void aTextOfPartsIsReadAsOneNextToTheOtherFields() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            CommandText command = new CommandText(text(random), SHARED, text(random));
            Map<String, ?> others = random.nextBoolean() ? Map.of() : Map.of("cwd", text(random), "timeout", 3);
            JsonNode read = Json.tree(Json.encode("command", command, others));
            assertThat(read.path("command").asText()).as("seed %d", seed).isEqualTo(command.text());
            assertThat(read.size()).as("seed %d", seed).isEqualTo(1 + others.size());
            others.forEach((name, value) -> assertThat(read.path(name).asText()).isEqualTo(value.toString()));
        }
    }

    @Test
    void halfOfASurrogatePairIsRefusedAsWhatItIs() {
        assertThatThrownBy(() -> Json.encode("command", CommandText.of("\ud83d"), Map.of()))
                .isInstanceOf(Json.UnwritableException.class)
                .hasMessage("a request could not be written as JSON");
    }
}
