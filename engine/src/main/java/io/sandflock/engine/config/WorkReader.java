/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.SandboxSpec;
import io.sandflock.engine.document.Bounds;
import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import io.sandflock.engine.task.Command;
import io.sandflock.engine.task.ScoreRule;
import io.sandflock.engine.task.Script;
import io.sandflock.engine.task.TaskFile;
import io.sandflock.engine.task.Template;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is done with a sample: files, setup, command, score, sandbox, of an eval or of a sample. A sample's own settings hold
 * no templates: they are its data.
 */
final class WorkReader {

    private static final Pattern SERVICE = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]*):(.+)", Pattern.DOTALL);
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern SCRIPT_PATH = Pattern.compile("(\\.{0,2}/|~).*|\\S+\\.(sh|bash|py)");
    private static final List<String> SCORES = List.of("exit_code", "exact", "includes");
    private static final List<String> SCORE_KEYS = List.of("pattern", "command", "file");

    private final Problems problems;
    private final HostFolder folder;
    private final boolean templates;

    WorkReader(Problems problems, HostFolder folder, boolean templates) {
        this.problems = problems;
        this.folder = folder;
        this.templates = templates;
    }

    Optional<SandboxSpec> sandbox(@Nullable Node node) {
        if (node == null) {
            return Optional.empty();
        }
        try {
            if (node instanceof Node.Scalar scalar) {
                return Optional.of(SandboxResolution.resolve(scalar.text(), folder));
            }
            if (node instanceof Node.Fields map && map.fields().size() == 1) {
                Map.Entry<String, Node.Field> only =
                        map.fields().entrySet().iterator().next();
                if (only.getValue().value() instanceof Node.Scalar scalar) {
                    return Optional.of(SandboxResolution.resolve(only.getKey(), scalar.text(), folder));
                }
            }
            problems.add(node, "sandbox: was " + node.kind() + "; accepted: " + SandboxResolution.ACCEPTED);
        } catch (IllegalArgumentException e) {
            problems.add(node, "sandbox: " + e.getMessage());
        }
        return Optional.empty();
    }

    List<TaskFile> files(@Nullable Node node) {
        List<TaskFile> files = new ArrayList<>();
        if (node == null) {
            return files;
        }
        if (!(node instanceof Node.Fields map)) {
            problems.add(node, "files: expected a mapping of paths to contents, was " + node.kind());
            return files;
        }
        map.fields().forEach((key, field) -> file(key, field).ifPresent(files::add));
        return files;
    }

    private Optional<TaskFile> file(String key, Node.Field field) {
        Matcher service = SERVICE.matcher(key);
        boolean named = service.matches();
        try {
            Optional<TaskFile.Content> content = content(key, field.value());
            return content.map(c -> new TaskFile(named ? service.group(1) : "", named ? service.group(2) : key, c));
        } catch (IllegalArgumentException e) {
            problems.add(field.line(), "files." + Problems.shown(key) + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<TaskFile.Content> content(String key, Node value) {
        if (value instanceof Node.Scalar scalar && scalar.value() != null) {
            return Optional.of(new TaskFile.Text(template(scalar.text())));
        }
        if (value instanceof Node.Fields map
                && map.fields().keySet().equals(java.util.Set.of("path"))
                && map.get("path") instanceof Node.Scalar path) {
            return Optional.of(new TaskFile.Local(folder.existing(path.text())));
        }
        problems.add(
                value,
                "files." + Problems.shown(key) + ": expected text or {path: file or folder}, was " + value.kind());
        return Optional.empty();
    }

    Optional<Script> setup(@Nullable Node node) {
        if (node == null) {
            return Optional.empty();
        }
        if (!(node instanceof Node.Scalar scalar)) {
            problems.add(node, "setup: expected a script's path or its text, was " + node.kind());
            return Optional.empty();
        }
        try {
            return Optional.of(script(scalar.text()));
        } catch (IllegalArgumentException e) {
            problems.add(node, "setup: " + e.getMessage());
            return Optional.empty();
        }
    }

    // One line that looks like a path is one; everything else is the script itself.
    private Script script(String text) {
        if (text.indexOf('\n') >= 0 || !SCRIPT_PATH.matcher(text).matches()) {
            if (templates && !template(text).isLiteral()) {
                throw new IllegalArgumentException("a sample's data must not become shell text; use env or a file");
            }
            return Script.of(text.getBytes(StandardCharsets.UTF_8));
        }
        Path file = folder.existing(text);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes((int) Bounds.EVAL_BYTES + 1);
            if (content.length > Bounds.EVAL_BYTES) {
                throw new IllegalArgumentException(
                        Problems.shown(text) + " is larger than " + Bounds.EVAL_BYTES + " bytes");
            }
            return Script.of(content);
        } catch (IOException e) {
            throw new IllegalArgumentException(Problems.shown(text) + " cannot be read: " + e.getMessage(), e);
        }
    }

    Optional<Command> command(String key, @Nullable Node node) {
        if (node == null) {
            return Optional.empty();
        }
        try {
            if (node instanceof Node.Scalar scalar && !scalar.text().isBlank()) {
                return Optional.of(shell(scalar.text()));
            }
            if (node instanceof Node.Items list
                    && !list.items().isEmpty()
                    && list.items().stream().allMatch(item -> item instanceof Node.Scalar)) {
                return Optional.of(new Command.Argv(list.items().stream()
                        .map(item -> template(((Node.Scalar) item).text()))
                        .toList()));
            }
            problems.add(
                    node,
                    key + ": expected a list of words, or a line for sh -c; was "
                            + (node instanceof Node.Items
                                    ? "a list with something else in it, or an empty one"
                                    : node.kind()));
        } catch (IllegalArgumentException e) {
            problems.add(node, key + ": " + e.getMessage());
        }
        return Optional.empty();
    }

    private Command shell(String line) {
        if (line.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a NUL character cannot be passed to a program");
        }
        if (templates && !template(line).isLiteral()) {
            throw new IllegalArgumentException("a sample's data must not become shell text; use env, for example"
                    + " env: {INPUT: \"{{{input}}}\"} and \"$INPUT\", or a list of words");
        }
        return new Command.Shell(line);
    }

    Optional<Template> text(String key, @Nullable Node node) {
        if (node == null) {
            return Optional.empty();
        }
        if (!(node instanceof Node.Scalar scalar)) {
            problems.add(node, key + ": expected text, was " + node.kind());
            return Optional.empty();
        }
        try {
            return Optional.of(template(scalar.text()));
        } catch (IllegalArgumentException e) {
            problems.add(node, key + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    Map<String, Template> env(@Nullable Node node) {
        Map<String, Template> env = new LinkedHashMap<>();
        if (node == null) {
            return env;
        }
        if (!(node instanceof Node.Fields map)) {
            problems.add(node, "env: expected a mapping of names to values, was " + node.kind());
            return env;
        }
        map.fields().forEach((name, field) -> {
            if (!VARIABLE.matcher(name).matches()) {
                problems.add(
                        field.line(),
                        "env: " + Problems.shown(name) + " is no variable's name; accepted: letters, digits and _");
                return;
            }
            if (field.value() instanceof Node.Scalar scalar && scalar.value() == null) {
                problems.add(field.line(), "env." + name + ": has no value; write \"\" for an empty one");
                return;
            }
            text("env." + name, field.value()).ifPresent(value -> env.put(name, value));
        });
        return env;
    }

    ScoreRule score(@Nullable Node node) {
        if (node == null) {
            return ScoreRule.exitCode();
        }
        if (node instanceof Node.Scalar scalar && SCORES.contains(scalar.text())) {
            return switch (scalar.text()) {
                case "exact" -> ScoreRule.exact();
                case "includes" -> ScoreRule.includes();
                default -> ScoreRule.exitCode();
            };
        }
        if (node instanceof Node.Fields map && map.fields().size() == 1) {
            Map.Entry<String, Node.Field> only =
                    map.fields().entrySet().iterator().next();
            if (SCORE_KEYS.contains(only.getKey())) {
                return score(only.getKey(), only.getValue().value()).orElse(ScoreRule.exitCode());
            }
        }
        String given = node instanceof Node.Scalar scalar ? Problems.shown(scalar.text()) : node.kind();
        String nearest = node instanceof Node.Scalar scalar ? Problems.nearest(scalar.text(), SCORES) : null;
        problems.add(
                node,
                "score: was " + given
                        + "; accepted: exit_code, exact, includes, {pattern: re}, {command: [...]}, {file: reward.json}"
                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
        return ScoreRule.exitCode();
    }

    private Optional<ScoreRule> score(String kind, Node value) {
        if (kind.equals("command")) {
            return command("score.command", value).map(ScoreRule::command);
        }
        if (!(value instanceof Node.Scalar scalar) || scalar.text().isEmpty()) {
            problems.add(value, "score." + kind + ": expected text, was " + value.kind());
            return Optional.empty();
        }
        try {
            return Optional.of(
                    kind.equals("file")
                            ? ScoreRule.file(scalar.text())
                            : ScoreRule.pattern(Pattern.compile(scalar.text())));
        } catch (PatternSyntaxException e) {
            problems.add(value, "score.pattern: " + e.getDescription() + " at character " + (e.getIndex() + 1));
        } catch (IllegalArgumentException e) {
            problems.add(value, "score.file: " + e.getMessage());
        }
        return Optional.empty();
    }

    private Template template(String text) {
        return templates ? Template.parse(text) : Template.literal(text);
    }
}
