/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.ExecRequest;
import io.sandflock.InvalidInputException;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.document.Bounds;
import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import io.sandflock.engine.document.Utf8Reader;
import io.sandflock.engine.document.YamlReader;
import io.sandflock.engine.task.TaskPlan;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads eval files. All file access blocks: for a main thread or {@code boundedElastic}, never for an event loop.
 *
 * <p>Every error is one {@link InvalidInputException} whose lines each begin with {@code file:line}; all that is wrong with the eval
 * file is in one, then all that is wrong with the dataset.
 */
public final class EvalFile {

    private static final List<String> NAMES = List.of("eval.yaml", "eval.yml");
    private static final List<String> KEYS = List.of(
            "name",
            "sandbox",
            "dataset",
            "samples",
            "files",
            "setup",
            "command",
            "stdin",
            "env",
            "cwd",
            "user",
            "score",
            "epochs",
            "limits",
            "retry_on_error");
    private static final List<String> LIMIT_KEYS = List.of("sample", "command", "output");
    private static final List<String> DATASET_KEYS = List.of("path", "fields");
    private static final Duration SAMPLE_LIMIT = Duration.ofMinutes(10);
    private static final long OUTPUT_MAXIMUM = 1L << 30;

    private final Path file;
    private final Path folder;
    private final EvalOverrides overrides;
    private final Problems problems;
    private final Settings root;
    private final WorkReader work;

    private EvalFile(Path file, Node.Fields root, EvalOverrides overrides) {
        this.file = file;
        this.folder = parent(file);
        this.overrides = overrides;
        this.problems = new Problems(file.toString());
        this.root = new Settings(root, "", KEYS, problems);
        this.work = new WorkReader(problems, new HostFolder(folder, false), true);
    }

    /**
     * Reads an eval file and its dataset, and checks every sample against it. Blocks.
     *
     * @param fileOrFolder an eval file, or a folder with an {@code eval.yaml}
     * @throws InvalidInputException when anything in it cannot be run
     */
    public static EvalDefinition load(Path fileOrFolder, EvalOverrides overrides) {
        Path file = locate(fileOrFolder);
        Bounds bounds = new Bounds(file.toString(), Bounds.EVAL_VALUES);
        try (Utf8Reader text = new Utf8Reader(file.toString(), content(file), true)) {
            Node node = YamlReader.read(text, file.toString(), bounds);
            if (!(node instanceof Node.Fields root)) {
                String was = node == null ? "nothing" : node.kind();
                throw Problems.at(file.toString(), 1, "expected a mapping with a command, was " + was, null);
            }
            return new EvalFile(file, root, overrides).definition();
        } catch (IOException e) {
            throw new InvalidInputException(file.toString(), "cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether a folder holds an eval file. */
    static boolean isIn(Path folder) {
        return NAMES.stream().map(folder::resolve).anyMatch(Files::isRegularFile);
    }

    private static Path locate(Path given) {
        if (Files.isRegularFile(given)) {
            return given;
        }
        if (!Files.isDirectory(given)) {
            throw new InvalidInputException(
                    given.toString(), "no such eval; expected an eval file, or a folder with an eval.yaml");
        }
        return NAMES.stream()
                .map(given::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new InvalidInputException(given.toString(), "the folder has no eval.yaml"));
    }

    private static InputStream content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes((int) Bounds.EVAL_BYTES + 1);
            if (content.length > Bounds.EVAL_BYTES) {
                throw Problems.at(
                        file.toString(),
                        1,
                        "larger than " + (Bounds.EVAL_BYTES >> 20) + " MiB; put samples into a dataset",
                        null);
            }
            return new ByteArrayInputStream(content);
        }
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private EvalDefinition definition() {
        root.refuseOthers();
        String name = name();
        SandboxSpec sandbox = sandbox();
        int epochs = root.whole("epochs", 1, 1);
        int retries = root.whole("retry_on_error", 0, 1);
        Settings limits = root.inner("limits", LIMIT_KEYS);
        Duration sampleLimit = limits.duration("sample").orElse(SAMPLE_LIMIT);
        TaskPlan plan = plan(limits);
        SampleSource.Loaded loaded = source().load(plan, sandbox);
        int times = overrides.epochs().orElse(epochs);
        Duration time = overrides.sampleLimit().orElse(sampleLimit);
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("eval", name);
        details.put("eval_sha256", digest(plan));
        details.put("file", file.toAbsolutePath().toString());
        details.put("dataset", loaded.file());
        details.put("samples", loaded.samples().size());
        details.put("sandbox", sandbox.toString());
        details.put("score", plan.score().toString());
        details.put("epochs", times);
        details.put("sample_limit_ms", time.toMillis());
        plan.commandLimit().ifPresent(limit -> details.put("command_limit_ms", limit.toMillis()));
        details.put("output_limit_bytes", plan.outputLimit());
        overrides.shard().ifPresent(shard -> details.put("shard", shard.index() + "/" + shard.count()));
        return new EvalDefinition(name, file, sandbox, loaded.samples(), loaded.task(), times, time, retries, details);
    }

    /** Of the file and of the script that it names: what is done with the samples. Changes with every byte of either. */
    private String digest(TaskPlan plan) {
        try (InputStream in = content(file)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(in.readAllBytes());
            plan.setup().ifPresent(script -> sha256.update(script.bytes()));
            return HexFormat.of().formatHex(sha256.digest());
        } catch (IOException e) {
            throw new InvalidInputException(file.toString(), "cannot be read: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private String name() {
        String fallback = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        String name = root.text("name").orElse(fallback.equals("null") ? "eval" : fallback);
        Node node = root.get("name");
        boolean fits = !name.isBlank()
                && name.length() <= 100
                && !name.startsWith(".")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c));
        // The run's folder is named after it.
        if (!fits && node != null) {
            problems.add(
                    node,
                    "name: " + Problems.shown(name)
                            + "; accepted: 1 to 100 characters without / and \\, not beginning with a dot");
        }
        return fits ? name : "eval";
    }

    private SandboxSpec sandbox() {
        Node node = root.get("sandbox");
        Optional<SandboxSpec> written = work.sandbox(node);
        if (overrides.sandbox().isPresent()) {
            try {
                return SandboxResolution.resolve(overrides.sandbox().get(), new HostFolder(Path.of(""), false));
            } catch (IllegalArgumentException e) {
                throw new InvalidInputException("--sandbox", String.valueOf(e.getMessage()), e);
            }
        }
        return node == null ? SandboxResolution.detect(folder) : written.orElse(SandboxSpec.defaultSnapshot());
    }

    private TaskPlan plan(Settings limits) {
        Optional<Duration> commandLimit = limits.duration("command");
        long output = limits.bytes("output", OUTPUT_MAXIMUM).orElse(ExecRequest.DEFAULT_OUTPUT_LIMIT);
        return new TaskPlan(
                work.files(root.get("files")),
                work.setup(root.get("setup")),
                work.command("command", root.get("command")),
                work.text("stdin", root.get("stdin")),
                work.env(root.get("env")),
                work.text("cwd", root.get("cwd")),
                work.text("user", root.get("user")),
                work.score(root.get("score")),
                overrides.commandLimit().or(() -> commandLimit),
                output);
    }

    private SampleSource source() {
        Node samples = root.get("samples");
        Node dataset = root.get("dataset");
        if (samples != null && dataset != null) {
            problems.add(samples, "samples: there is a dataset already; accepted: one of the two");
        }
        DatasetFields fields = DatasetFields.INSPECT;
        Optional<Path> path = Optional.empty();
        if (dataset instanceof Node.Scalar scalar) {
            path = path(scalar);
        } else if (dataset != null) {
            Settings settings = root.inner("dataset", DATASET_KEYS);
            path = path(settings.get("path"));
            fields = DatasetFields.read(settings.get("fields"), problems);
        }
        if (samples != null && overrides.dataset().isEmpty()) {
            SampleSource source =
                    SampleSource.of(samples, problems, folder, overrides).read();
            problems.throwIfAny();
            return source;
        }
        if (overrides.dataset().isEmpty() && path.isEmpty()) {
            int line = dataset == null ? 1 : dataset.line();
            problems.add(line, "no samples; accepted: dataset: {path: file}, samples: [...], or --dataset");
        }
        // What is wrong with the eval file itself is said before its dataset is opened.
        problems.throwIfAny();
        Dataset file = overrides.dataset().isPresent()
                ? Dataset.at(overrides.dataset().get(), "--dataset")
                : Dataset.at(path.orElseThrow(), this.file + ":" + line(dataset));
        return SampleSource.of(file, fields, folder, overrides).read();
    }

    private Optional<Path> path(@Nullable Node node) {
        if (node == null) {
            return Optional.empty();
        }
        if (node instanceof Node.Scalar scalar
                && !scalar.text().isBlank()
                && scalar.text().indexOf('\0') < 0) {
            return Optional.of(folder.resolve(scalar.text()));
        }
        problems.add(node, "dataset.path: expected a file, was " + node.kind());
        return Optional.empty();
    }

    private static int line(@Nullable Node dataset) {
        if (dataset instanceof Node.Fields map) {
            Node path = map.get("path");
            return path == null ? map.line() : path.line();
        }
        return dataset == null ? 1 : dataset.line();
    }
}
