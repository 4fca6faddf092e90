/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the harness was asked for.
 *
 * @param names scenarios
 * @param runs how often each
 * @param samples in place of the scenario's own number
 * @param atOnce in place of the scenario's own number
 * @param minutes of a soak
 * @param smoke tiny ones, only to see that they run
 * @param json a file for all figures
 * @param javaOptions for the engine's JVM, for example to record a profile
 * @param root of the repository, for what the launcher does
 * @param inside whether this is the process that measures
 */
record HarnessOptions(
        List<String> names,
        int runs,
        OptionalInt samples,
        OptionalInt atOnce,
        OptionalInt minutes,
        boolean smoke,
        Optional<Path> json,
        List<String> javaOptions,
        Path root,
        boolean inside) {

    static HarnessOptions parse(String... arguments) {
        List<String> names = new ArrayList<>();
        List<String> javaOptions = new ArrayList<>();
        int runs = 1;
        OptionalInt samples = OptionalInt.empty();
        OptionalInt atOnce = OptionalInt.empty();
        OptionalInt minutes = OptionalInt.empty();
        boolean smoke = false;
        boolean inside = false;
        Optional<Path> json = Optional.empty();
        Path root = Path.of("").toAbsolutePath();
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i];
            switch (argument) {
                case "--runs" -> runs = Integer.parseInt(value(arguments, ++i));
                case "--samples" -> samples = OptionalInt.of(Integer.parseInt(value(arguments, ++i)));
                case "--at-once" -> atOnce = OptionalInt.of(Integer.parseInt(value(arguments, ++i)));
                case "--minutes" -> minutes = OptionalInt.of(Integer.parseInt(value(arguments, ++i)));
                case "--json" -> json = Optional.of(Path.of(value(arguments, ++i)));
                case "--java-option" -> javaOptions.add(value(arguments, ++i));
                case "--root" -> root = Path.of(value(arguments, ++i)).toAbsolutePath();
                case "--smoke" -> smoke = true;
                case "--inside" -> inside = true;
                default -> names.add(known(argument));
            }
        }
        List<String> chosen = names.isEmpty() ? all() : names;
        return new HarnessOptions(
                List.copyOf(chosen),
                runs,
                samples,
                atOnce,
                minutes,
                smoke,
                json,
                List.copyOf(javaOptions),
                root,
                inside);
    }

    /** All but the soak, which takes an hour and is asked for by name. */
    static List<String> all() {
        List<String> all = new ArrayList<>();
        Scenario.ALL.forEach(scenario -> all.add(scenario.name()));
        all.add(CommandLineRun.NAME);
        return all;
    }

    private static String known(String name) {
        if (!all().contains(name) && !name.equals(SoakRun.NAME)) {
            throw new IllegalArgumentException(
                    "'" + name + "' is neither an option nor one of " + all() + " and " + SoakRun.NAME);
        }
        return name;
    }

    private static String value(String[] arguments, int index) {
        if (index >= arguments.length) {
            throw new IllegalArgumentException(arguments[index - 1] + " needs a value");
        }
        return arguments[index];
    }

    Scenario adapt(Scenario scenario) {
        Scenario adapted = smoke ? scenario.smoke() : scenario;
        int number = samples.orElse(adapted.samples());
        return adapted.of(number, atOnce.orElse(adapted.together() ? number : adapted.atOnce()));
    }

    String heap(String name) {
        return switch (name) {
            case CommandLineRun.NAME -> "256m";
            case SoakRun.NAME -> SoakRun.HEAP;
            default -> Scenario.named(name).heap();
        };
    }

    /** The same for the process that measures one scenario. */
    List<String> inside(String name) {
        List<String> arguments = new ArrayList<>(List.of(name, "--inside", "--root", root.toString()));
        samples.ifPresent(number -> arguments.addAll(List.of("--samples", Integer.toString(number))));
        atOnce.ifPresent(number -> arguments.addAll(List.of("--at-once", Integer.toString(number))));
        minutes.ifPresent(number -> arguments.addAll(List.of("--minutes", Integer.toString(number))));
        if (smoke) {
            arguments.add("--smoke");
        }
        return arguments;
    }
}
