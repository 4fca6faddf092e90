/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.Level;

class ConsoleLogTest {

    @AfterEach
    void asBefore() {
        Logging.configure();
    }

    private static Logger logger(String name, String... arguments) {
        Logging.configure(arguments);
        return new ConsoleLog().getLoggerFactory().getLogger(name);
    }

    @Test
    void warningsAreLoggedAndMoreWhenItIsAskedFor() {
        assertThat(logger("sandflock.cli").isWarnEnabled()).isTrue();
        assertThat(logger("sandflock.cli").isInfoEnabled()).isFalse();
        assertThat(logger("sandflock.cli", "run", "-v").isInfoEnabled()).isTrue();
        assertThat(logger("sandflock.cli", "run", "-v").isDebugEnabled()).isFalse();
        assertThat(logger("sandflock.cli", "-vv", "run").isDebugEnabled()).isTrue();
        assertThat(logger("sandflock.cli", "run", "-v", "--verbose").isDebugEnabled())
                .isTrue();
        assertThat(logger("sandflock.cli", "exec", "--", "ls", "-v").isInfoEnabled())
                .isFalse();
    }

    @Test
    void nettysChatterIsNot() {
        for (String chatterer : new String[] {"io.netty.util.Recycler", "reactor.netty.http.client.HttpClient"}) {
            assertThat(logger(chatterer, "-vv").isInfoEnabled()).as(chatterer).isFalse();
            assertThat(logger(chatterer, "-vv").isWarnEnabled()).as(chatterer).isTrue();
        }
        assertThat(logger("reactor.core.publisher.Operators", "-vv").isDebugEnabled())
                .isTrue();
    }

    @Test
    void aNameHasOneLogger() {
        ConsoleLog log = new ConsoleLog();

        assertThat(log.getLoggerFactory().getLogger("a"))
                .isSameAs(log.getLoggerFactory().getLogger("a"))
                .isNotSameAs(log.getLoggerFactory().getLogger("b"));
    }

    @Test
    void aLineHasTimeLevelNameAndMessage() {
        assertThat(ConsoleLog.line(LocalTime.of(9, 7, 5, 42_000_000), Level.WARN, "sandflock.cli", "it broke"))
                .isEqualTo("09:07:05.042 WARN sandflock.cli - it broke");
    }
}
