/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.InvalidInputException;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * What makes two runs the same eval, so that one can go on where the other ended: everything that an outcome depends on, as far as it
 * can be seen. Limits and retries are not part of it. Values of variables are not either: they may be secret, and a digest of a short
 * secret tells it.
 *
 * @param parts by what they are called in {@code run.json}
 */
record RunIdentity(Map<String, String> parts) {

    /** Where an eval file's own digest is found among the details of a run. */
    static final String DETAIL = "eval_sha256";

    /** Reads the files that sandboxes are made from. Blocks. */
    static RunIdentity of(RunSpec spec) {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("eval", spec.eval());
        parts.put("eval_file", String.valueOf(spec.details().getOrDefault(DETAIL, "")));
        parts.put("samples", Integer.toString(spec.samples().size()));
        parts.put("epochs", Integer.toString(spec.epochs()));
        parts.put("sample_ids", digest(spec.samples(), false));
        parts.put("sample_contents", digest(spec.samples(), true));
        parts.put("sandbox", sandbox(spec.sandbox()));
        parts.put("variables", String.join(" ", new TreeSet<>(spec.env().keySet())));
        return new RunIdentity(parts);
    }

    /** What is not as it was, for people; empty when this is the same eval. */
    List<String> changes(Map<String, String> before) {
        List<String> changes = new ArrayList<>();
        parts.forEach((part, now) -> {
            String then = before.get(part);
            // A part that an older version did not write says nothing.
            if (then != null && !Objects.equals(then, now)) {
                String name = part.replace('_', ' ');
                changes.add(isDigest(now) ? name + " changed" : name + ": was '" + then + "', is '" + now + "'");
            }
        });
        return changes;
    }

    private static boolean isDigest(String value) {
        return value.matches("[0-9a-f]{64}");
    }

    private static String sandbox(SandboxSpec spec) {
        if (spec instanceof SandboxSpec.Dockerfile dockerfile) {
            return "Dockerfile " + fileDigest(dockerfile.file());
        }
        return spec instanceof SandboxSpec.Compose compose
                ? "compose file " + fileDigest(compose.file())
                : spec.toString();
    }

    /** With the name only: an eval's folder may be somewhere else by now. */
    private static String fileDigest(Path file) {
        try {
            return file.getFileName() + " " + HexFormat.of().formatHex(sha256().digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new InvalidInputException(file.toString(), "cannot be read: " + e.getMessage(), e);
        }
    }

    private static String digest(List<Sample> samples, boolean contents) {
        MessageDigest digest = sha256();
        for (Sample sample : samples) {
            add(digest, sample.id());
            if (contents) {
                add(digest, sample.input());
                value(digest, sample.target());
                value(digest, sample.metadata());
                add(digest, sample.sandbox().map(SandboxSpec::toString).orElse(""));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void value(MessageDigest digest, @org.jspecify.annotations.Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            add(digest, "map " + map.size());
            map.forEach((key, inner) -> {
                add(digest, String.valueOf(key));
                value(digest, inner);
            });
        } else if (value instanceof List<?> list) {
            add(digest, "list " + list.size());
            list.forEach(inner -> value(digest, inner));
        } else if (value == null
                || value instanceof CharSequence
                || value instanceof Number
                || value instanceof Boolean) {
            add(digest, String.valueOf(value));
        } else {
            // An application's own type, whose text may be another in each process.
            add(digest, value.getClass().getName());
        }
    }

    /** Each text with its length before it: no two lists of texts have the same bytes. */
    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
