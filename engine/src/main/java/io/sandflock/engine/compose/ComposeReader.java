/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one compose file with all that it extends, includes and names, for one set of variables. Blocks. */
final class ComposeReader {

    private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    /** Files in files, and services on services. */
    private static final int DEEPEST = 32;

    private final SourceFiles.Reads reads;
    private final Problems problems;
    private final Path root;
    private final Map<Path, File> extended = new HashMap<>();

    private ComposeReader(SourceFiles.Reads reads, Problems problems, Path root) {
        this.reads = reads;
        this.problems = problems;
        this.root = root;
    }

    /** One file, read. */
    private record File(
            String name,
            Path folder,
            Reading reading,
            Node.Fields node,
            Map<String, @Nullable Object> data,
            Variables variables) {

        Map<String, @Nullable Object> section(String key) {
            return Shapes.castMap(data.get(key));
        }

        int line(String section, String name) {
            return node.get(section) instanceof Node.Fields map && map.fields().get(name) != null
                    ? map.fields().get(name).line()
                    : 1;
        }
    }

    /**
     * The composition that a document is.
     *
     * @param problems of the document; all that is wrong in it and in what it names is noted there
     * @param document its root; {@code null} when it is empty
     * @param folder what its paths are relative to, and where its {@code .env} is
     */
    static Composition read(
            Problems problems, @Nullable Node document, Path folder, SourceFiles.Reads reads, Variables variables) {
        ComposeReader reader = new ComposeReader(reads, problems, folder);
        Variables known = reader.withFiles(variables, List.of(folder.resolve(".env")));
        File file = reader.file(problems, document, folder, known);
        Composition composition = reader.composition(file, new LinkedHashSet<>(Set.of(problems.file())));
        Node daytona = file.node.get("x-daytona");
        if (daytona != null) {
            composition.daytona(XDaytona.read(daytona, new Shape.Place("x-daytona", file.reading)));
        }
        if (composition.services().isEmpty() && !problems.any()) {
            problems.add(1, "there are no services in it");
        }
        return composition;
    }

    private File file(Problems of, @Nullable Node document, Path folder, Variables variables) {
        Reading reading = new Reading(of, folder, root, variables);
        if (!(document instanceof Node.Fields)) {
            String was = document == null ? "nothing" : document.kind();
            throw Problems.at(of.file(), 1, "expected a mapping with services, was " + was, null);
        }
        Node.Fields node = (Node.Fields) reading.interpolated(document, "");
        Map<String, @Nullable Object> data = Shapes.castMap(FileShape.KEYS.read(node, new Shape.Place("", reading)));
        return new File(of.file(), folder, reading, node, data, variables);
    }

    private Composition composition(File file, Set<String> files) {
        Composition composition = new Composition();
        file.section("services").keySet().forEach(name -> {
            if (SERVICE.matcher(name).matches()) {
                service(file, name, composition);
            } else {
                file.reading
                        .problems()
                        .add(
                                file.line("services", name),
                                "services: " + Problems.shown(name)
                                        + " is no name; accepted: letters, digits, '.', '_' and '-'");
            }
        });
        Composition.SHARED.forEach(key -> composition.shared(key).putAll(file.section(key)));
        Shapes.castList(file.data.get("include"))
                .forEach(include -> include(Shapes.castMap(include), file, composition, files));
        return composition;
    }

    private void service(File file, String name, Composition composition) {
        Map<String, @Nullable Object> service =
                Shapes.castMap(Shapes.copy(extended(file, name, new LinkedHashSet<>())));
        service.remove("extends");
        variables(file, name, service);
        composition.put(name, service, file.name + ":" + file.line("services", name));
        if (file.node.get("services") instanceof Node.Fields services
                && services.get(name) instanceof Node.Fields own) {
            if (flag(own, "x-default", file, name)) {
                composition.defaults().add(name);
            }
            if (flag(own, "x-local", file, name)) {
                composition.local().add(name);
            }
        }
    }

    private static boolean flag(Node.Fields service, String key, File file, String name) {
        Node node = service.get(key);
        return node != null
                && Boolean.TRUE.equals(
                        Shapes.BOOLEAN.read(node, new Shape.Place("services." + name + "." + key, file.reading)));
    }

    /** A service on top of the one that it extends. */
    private Map<String, @Nullable Object> extended(File file, String name, Set<String> chain) {
        Map<String, @Nullable Object> own =
                Shapes.castMap(file.section("services").get(name));
        Map<String, @Nullable Object> reference = Shapes.castMap(own.get("extends"));
        if (!(reference.get("service") instanceof String service)) {
            return own;
        }
        int line = file.line("services", name);
        String where = "services." + name + ".extends: ";
        if (!chain.add(file.name + "#" + name) || chain.size() > DEEPEST) {
            file.reading.problems().add(line, where + "it comes back to itself: " + String.join(" -> ", chain));
            return own;
        }
        File from = reference.get("file") instanceof HostPath path ? extendedFile(path, file) : file;
        if (from == null) {
            return own;
        }
        Map<String, @Nullable Object> services = from.section("services");
        if (!services.containsKey(service)) {
            file.reading
                    .problems()
                    .add(
                            line,
                            where + "no service " + Problems.shown(service) + " in " + from.name
                                    + Problems.accepted(service, services.keySet()));
            return own;
        }
        Map<String, @Nullable Object> merged = Merge.of(extended(from, service, chain), own);
        merged.remove("extends");
        return merged;
    }

    private @Nullable File extendedFile(HostPath path, File from) {
        File known = extended.get(path.path());
        if (known == null) {
            known = open(path, from, path.path().getParent(), from.variables);
            if (known != null) {
                extended.put(path.path(), known);
            }
        }
        return known;
    }

    /** Another file; {@code null} after it was noted that it is not there. */
    private @Nullable File open(HostPath path, File from, @Nullable Path folder, Variables variables) {
        if (reads.text(path.path()).isEmpty()) {
            from.reading.problems().add(path.source(), "no such file: " + path.path());
            return null;
        }
        return file(
                problems.in(path.path().toString()),
                reads.document(path.path()),
                folder == null ? root : folder,
                variables);
    }

    private void include(Map<String, @Nullable Object> include, File from, Composition into, Set<String> files) {
        List<Object> paths = Shapes.castList(include.get("path"));
        if (paths.isEmpty() || !(paths.get(0) instanceof HostPath first)) {
            return;
        }
        Path folder = include.get("project_directory") instanceof HostPath directory
                ? directory.path()
                : first.path().getParent();
        List<Path> env = new ArrayList<>();
        Shapes.castList(include.get("env_file")).forEach(path -> env.add(((HostPath) path).path()));
        Variables variables =
                withFiles(from.variables, env.isEmpty() && folder != null ? List.of(folder.resolve(".env")) : env);
        Composition included = new Composition();
        for (Object path : paths) {
            included = overridden(included, (HostPath) path, folder, from, variables, files);
        }
        into.include(included, from.reading.problems(), lineOf(first));
    }

    private Composition overridden(
            Composition base, HostPath path, @Nullable Path folder, File from, Variables variables, Set<String> files) {
        String name = path.path().toString();
        if (files.contains(name) || files.size() > DEEPEST) {
            from.reading.problems().add(path.source(), "include: it comes back to itself: " + name);
            return base;
        }
        File file = open(path, from, folder, variables);
        if (file == null) {
            return base;
        }
        if (file.node.get("x-daytona") != null) {
            base.warnings()
                    .add("x-daytona of the included file " + name
                            + " is left out: that of the file that includes it counts");
        }
        Set<String> deeper = new LinkedHashSet<>(files);
        deeper.add(name);
        base.override(composition(file, deeper));
        return base;
    }

    private static int lineOf(HostPath path) {
        return Integer.parseInt(path.source().substring(path.source().lastIndexOf(':') + 1));
    }

    /** Environment files first, then what the service says itself; arguments of a build without a value are the environment's. */
    private void variables(File file, String name, Map<String, @Nullable Object> service) {
        Map<String, @Nullable Object> environment = fromFiles(file, service.remove("env_file"));
        environment.putAll(Shapes.castMap(service.get("environment")));
        environment.values().removeIf(java.util.Objects::isNull);
        environment.keySet().stream()
                .filter(key -> key.isBlank() || key.indexOf('\0') >= 0)
                .forEach(key -> file.reading
                        .problems()
                        .add(
                                file.line("services", name),
                                "services." + name + ".environment: " + Problems.shown(key)
                                        + " is no name of a variable"));
        replace(service, "environment", environment);
        Map<String, @Nullable Object> labels = fromFiles(file, labelFiles(service.remove("label_file")));
        labels.putAll(Shapes.castMap(service.get("labels")));
        replace(service, "labels", labels);
        Map<String, @Nullable Object> build = Shapes.castMap(service.get("build"));
        Map<String, @Nullable Object> args = Shapes.castMap(build.get("args"));
        args.replaceAll((key, value) -> {
            Variables.Value known = value == null ? file.variables.get(key) : null;
            return known == null ? value : known.text();
        });
        args.values().removeIf(java.util.Objects::isNull);
    }

    private static void replace(
            Map<String, @Nullable Object> service, String key, Map<String, @Nullable Object> value) {
        if (value.isEmpty()) {
            service.remove(key);
        } else {
            service.put(key, value);
        }
    }

    private static List<Object> labelFiles(@Nullable Object paths) {
        List<Object> files = new ArrayList<>();
        Shapes.castList(paths).forEach(path -> files.add(Map.of("path", path)));
        return files;
    }

    private Map<String, @Nullable Object> fromFiles(File file, @Nullable Object files) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (Object entry : Shapes.castList(files)) {
            Map<String, @Nullable Object> settings = Shapes.castMap(entry);
            if (!(settings.get("path") instanceof HostPath path)) {
                continue;
            }
            String text = reads.text(path.path()).orElse(null);
            if (text == null) {
                if (!Boolean.FALSE.equals(settings.get("required"))) {
                    file.reading.problems().add(path.source(), "no such file: " + path.path());
                }
                continue;
            }
            Map<String, Variables.@Nullable Value> read = "raw".equals(settings.get("format"))
                    ? DotEnv.raw(text)
                    : DotEnv.read(text, problems.in(path.path().toString()), file.variables);
            read.forEach((key, value) -> values.put(key, value == null ? null : value.text()));
        }
        return values;
    }

    /** The variables, and those of files where they say nothing; a file that is not there has none. */
    private Variables withFiles(Variables variables, List<Path> files) {
        Map<String, Variables.@Nullable Value> values = new LinkedHashMap<>();
        for (Path file : files) {
            reads.text(file)
                    .ifPresent(text -> values.putAll(DotEnv.read(text, problems.in(file.toString()), variables)));
        }
        return values.isEmpty() ? variables : variables.over(values);
    }
}
