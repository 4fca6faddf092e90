/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Names of this machine's files as an archive's text. A {@link Path} made from text cannot have a byte that the locale's encoding does
 * not, in the C locale none beyond ASCII; one made from a URI can.
 */
final class HostNames {

    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    private static final char REPLACEMENT = '\ufffd';

    private HostNames() {}

    /** The last part of a path. */
    static String of(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.indexOf(REPLACEMENT) < 0 ? name : text(file);
    }

    /** What a symbolic link holds. */
    static String target(Path link) {
        String target = link.toString();
        if (target.indexOf(REPLACEMENT) < 0) {
            return target;
        }
        StringBuilder parts = new StringBuilder(link.isAbsolute() ? "/" : "");
        for (Path part : link) {
            parts.append(parts.isEmpty() || parts.toString().equals("/") ? "" : "/")
                    .append(of(part));
        }
        return parts.toString();
    }

    /** A part of a path below a folder; one name. */
    static Path resolve(Path folder, String name) {
        byte[] bytes = TarText.bytes(name);
        try {
            Path plain = folder.resolve(name);
            if (of(plain).equals(name)) {
                return plain;
            }
        } catch (InvalidPathException notInThisLocale) {
            // By its bytes, then.
        }
        StringBuilder uri = new StringBuilder(raw(folder));
        if (uri.charAt(uri.length() - 1) != '/') {
            uri.append('/');
        }
        for (byte b : bytes) {
            int c = b & 0xff;
            if (PLAIN.indexOf(c) >= 0) {
                uri.append((char) c);
            } else {
                uri.append('%').append(String.format("%02X", c));
            }
        }
        return Path.of(URI.create("file://" + uri));
    }

    /** A relative link's target as a path. */
    static Path target(String target) {
        Path path = Path.of("");
        for (String part : target.split("/")) {
            // Below the root, because only whole paths can be made of a URI.
            Path name = part.isEmpty() ? null : resolve(Path.of("/"), part).getFileName();
            path = name == null ? path : path.resolve(name);
        }
        return path;
    }

    private static String text(Path file) {
        String path = raw(file);
        int end = path.endsWith("/") ? path.length() - 1 : path.length();
        String name = path.substring(path.lastIndexOf('/', end - 1) + 1, end);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '%') {
                bytes.write(Integer.parseInt(name.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                bytes.write(name.charAt(i));
            }
        }
        byte[] all = bytes.toByteArray();
        return TarText.text(all, 0, all.length);
    }

    private static String raw(Path path) {
        return path.toUri().getRawPath();
    }
}
