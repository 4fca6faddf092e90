/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.io.PrintStream;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * What the command line logs with: lines on standard error, as slf4j-simple writes them. That one looks through every jar for its settings
 * and makes its format for dates when it starts, which took longer than the connection to a platform; this one does nothing before there is
 * something to log. SLF4J is told of it by {@link Logging} alone, and no application that embeds the engine meets it.
 */
public final class ConsoleLog implements SLF4JServiceProvider {

    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter context = new NOPMDCAdapter();
    private final ConcurrentMap<String, Logger> loggers = new ConcurrentHashMap<>();

    /** For SLF4J, which makes it by its name. */
    public ConsoleLog() {}

    @Override
    public ILoggerFactory getLoggerFactory() {
        return this::logger;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return context;
    }

    /** The version of SLF4J's interface. */
    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }

    @Override
    public void initialize() {
        // There is nothing to be read or opened.
    }

    /** For example {@code 09:07:05.042 WARN sandflock.cli - what happened}. */
    static String line(LocalTime time, Level level, String logger, @Nullable String message) {
        return String.format(
                Text.PLAIN,
                "%02d:%02d:%02d.%03d %s %s - %s",
                time.getHour(),
                time.getMinute(),
                time.getSecond(),
                time.getNano() / 1_000_000,
                level,
                logger,
                message);
    }

    private Logger logger(String name) {
        Logger known = loggers.get(name);
        if (known != null) {
            return known;
        }
        loggers.putIfAbsent(name, new Lines(name, Logging.level(name)));
        return loggers.get(name);
    }

    /** A logger. */
    private static final class Lines extends LegacyAbstractLogger {

        private static final long serialVersionUID = 1L;

        private final Level least;

        Lines(String name, Level least) {
            this.name = name;
            this.least = least;
        }

        @Override
        public boolean isTraceEnabled() {
            return isEnabled(Level.TRACE);
        }

        @Override
        public boolean isDebugEnabled() {
            return isEnabled(Level.DEBUG);
        }

        @Override
        public boolean isInfoEnabled() {
            return isEnabled(Level.INFO);
        }

        @Override
        public boolean isWarnEnabled() {
            return isEnabled(Level.WARN);
        }

        @Override
        public boolean isErrorEnabled() {
            return isEnabled(Level.ERROR);
        }

        private boolean isEnabled(Level level) {
            return level.toInt() >= least.toInt();
        }

        /** Never asked by this kind of logger. */
        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                String message,
                Object @Nullable [] arguments,
                @Nullable Throwable thrown) {
            String line = line(
                    LocalTime.now(ZoneId.systemDefault()),
                    level,
                    name,
                    MessageFormatter.basicArrayFormat(message, arguments));
            PrintStream out = System.err;
            // A line and its trace stay together.
            synchronized (out) {
                out.println(line);
                if (thrown != null) {
                    thrown.printStackTrace(out);
                }
                out.flush();
            }
        }
    }
}
