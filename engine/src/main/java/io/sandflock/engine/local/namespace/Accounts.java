/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The sandbox's users: the host's system accounts, none of its people, and {@code daytona}. */
final class Accounts {

    static final int UID = 1000;
    static final String NAME = "daytona";
    static final String HOME = "/home/daytona";

    private static final int FIRST_PERSON = 1000;
    private static final int NOBODY = 65534;

    private final List<String> passwd;
    private final List<String> group;

    private Accounts(List<String> passwd, List<String> group) {
        this.passwd = passwd;
        this.group = group;
    }

    /** Reads the host's; blocks. */
    static Accounts read(String shell) throws IOException {
        List<String> users = lines(Path.of("/etc/passwd"), Accounts::isSystem);
        users.removeIf(line -> line.startsWith("root:"));
        users.add(0, "root:x:0:0:root:/root:" + shell);
        users.add(NAME + ":x:" + UID + ":" + UID + ":Sandbox:" + HOME + ":" + shell);
        List<String> groups = lines(Path.of("/etc/group"), Accounts::isSystem);
        groups.replaceAll(line -> line.substring(0, line.lastIndexOf(':') + 1));
        groups.add(NAME + ":x:" + UID + ":");
        return new Accounts(users, groups);
    }

    private static List<String> lines(Path file, Function<String, Boolean> kept) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
            if (kept.apply(line)) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static boolean isSystem(String line) {
        String[] fields = line.split(":", -1);
        if (fields.length < 4 || fields[0].equals(NAME) || !fields[2].matches("[0-9]{1,9}")) {
            return false;
        }
        int id = Integer.parseInt(fields[2]);
        return id < FIRST_PERSON || id == NOBODY;
    }

    String passwd() {
        return String.join("\n", passwd) + "\n";
    }

    String group() {
        return String.join("\n", group) + "\n";
    }

    /** No account has a password. */
    String shadow() {
        StringBuilder shadow = new StringBuilder();
        passwd.forEach(line -> shadow.append(line, 0, line.indexOf(':')).append(":*:19000:0:99999:7:::\n"));
        return shadow.toString();
    }

    /** An account by its name or number. */
    Optional<Account> find(String user) {
        return passwd.stream()
                .map(line -> line.split(":", -1))
                .filter(fields -> fields.length >= 6 && (fields[0].equals(user) || fields[2].equals(user)))
                .map(fields -> new Account(fields[0], fields[2], fields[3], fields[5]))
                .findFirst();
    }

    /** One account. */
    record Account(String name, String uid, String gid, String home) {}
}
