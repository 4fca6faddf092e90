/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options by code, for the commands that somebody waits for: to read annotations, a JVM makes a class for each kind of them, and picocli
 * looks through every jar for Groovy. That took longer than the way to a platform and back.
 */
final class Declared {

    private Declared() {}

    /**
     * A command, or a part of one.
     *
     * @param program what runs, where it is a command
     */
    static CommandSpec spec(@Nullable Object program) {
        return CommandSpec.wrapWithoutInspection(program, new Others());
    }

    /** An option with a value, {@code null} when it is not given. */
    static <T> OptionSpec.Builder option(
            String name, Class<T> type, Supplier<@Nullable T> get, Consumer<@Nullable T> set) {
        return OptionSpec.builder(name).type(type).getter(getter(get)).setter(setter(set));
    }

    /** An option without a value. */
    static OptionSpec.Builder flag(String name, Supplier<Boolean> get, Consumer<Boolean> set) {
        // Before the command line is read picocli sets null where there was nothing.
        Consumer<@Nullable Boolean> known = value -> set.accept(Boolean.TRUE.equals(value));
        return OptionSpec.builder(name).type(boolean.class).getter(getter(get)).setter(setter(known));
    }

    /** Adds a command's help, and the version that belongs to it. */
    static void addHelp(CommandSpec spec) {
        spec.addOption(help(ProgramHelp.HELP).usageHelp(true).build());
        spec.addOption(help(ProgramHelp.VERSION).versionHelp(true).build());
    }

    /** One of the options that every command has. */
    static OptionSpec.Builder help(ProgramHelp.Entry option) {
        return OptionSpec.builder(option.mark(), option.name()).description(option.about());
    }

    /** Reads a field for picocli. */
    static IGetter getter(Supplier<?> field) {
        return new Getter(field);
    }

    /** Writes a field for picocli. */
    static <T> ISetter setter(Consumer<@Nullable T> field) {
        return new Setter<>(field);
    }

    /** Makes what is not ours. picocli's own looks for Groovy when the first of its kind is made. */
    static final class Others implements IFactory {

        @Override
        public <K> K create(Class<K> type) throws Exception {
            return CommandLine.defaultFactory().create(type);
        }
    }

    private record Getter(Supplier<?> field) implements IGetter {

        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // picocli's interface
        public <T> @Nullable T get() {
            return (T) field.get();
        }
    }

    private record Setter<F>(Consumer<@Nullable F> field) implements ISetter {

        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // picocli's interface
        public <T> @Nullable T set(@Nullable T value) {
            field.accept((F) value);
            // What was there before is asked for by nobody.
            return null;
        }
    }
}
