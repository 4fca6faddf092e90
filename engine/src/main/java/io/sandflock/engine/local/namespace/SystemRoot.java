/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.process.HostCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a sandbox's root is made of: a template that lies under it, a layer that lies over the host's system folders, and the list of mounts.
 * Only what is named here is in a sandbox.
 */
final class SystemRoot {

    private static final List<String> SYSTEM =
            List.of("usr", "etc", "opt", "bin", "sbin", "lib", "lib32", "lib64", "libx32");
    private static final List<String> DEVICES = List.of("null", "zero", "full", "random", "urandom", "tty");
    private static final List<String> READ_ONLY =
            List.of("sys", "sysrq-trigger", "irq", "bus", "fs", "mtrr", "dynamic_debug", "driver");
    private static final List<String> HIDDEN_FILES = List.of(
            "kcore",
            "keys",
            "key-users",
            "timer_list",
            "sched_debug",
            "latency_stats",
            "kmsg",
            "kpagecount",
            "kpageflags",
            "kpagecgroup",
            "slabinfo",
            "vmallocinfo");
    private static final List<String> HIDDEN_FOLDERS = List.of("acpi", "scsi", "asound");
    private static final List<String> HIDDEN_IN_ETC = List.of(
            "machine-id",
            "docker",
            "containerd",
            "kubernetes",
            "rancher",
            "letsencrypt",
            "wireguard",
            "openvpn",
            "NetworkManager",
            "ssl/private",
            "krb5.keytab",
            "sudoers.d",
            "shadow-",
            "gshadow-",
            "passwd-",
            "group-",
            "subuid",
            "subgid",
            "fstab",
            "crypttab");
    private static final List<String> VAR = List.of(
            "cache/apt/archives/partial",
            "lib/apt/lists/partial",
            "lib/dpkg",
            "lib/misc",
            "lib/pam",
            "log/apt",
            "local",
            "mail",
            "opt",
            "spool");

    private final Programs programs;
    private final Path template;
    private final Path layer;
    private final boolean privileged;
    private final List<String> overlaid = new ArrayList<>();

    SystemRoot(Programs programs, Path instance, boolean privileged) {
        this.programs = programs;
        this.template = instance.resolve("template");
        this.layer = instance.resolve("layer");
        this.privileged = privileged;
    }

    Path template() {
        return template;
    }

    /** Makes the template and the layer; blocks. */
    void prepare(Accounts accounts) throws IOException {
        Path root = folder(template.resolve("root"), 0755);
        for (String name : SYSTEM) {
            Path host = Path.of("/", name);
            if (Files.isSymbolicLink(host)) {
                Files.createSymbolicLink(root.resolve(name), Files.readSymbolicLink(host));
            } else if (Files.isDirectory(host)) {
                folder(root.resolve(name), 0755);
                folder(layer.resolve(name), 0755);
                overlay(name);
            }
        }
        List.of("proc", "sys", "dev", "dev/pts", "dev/shm", "run", "mnt", "media", "srv", "home")
                .forEach(name -> quietly(root, name));
        folder(root.resolve("root"), 0700);
        for (String name : DEVICES) {
            Files.createFile(root.resolve("dev").resolve(name));
        }
        Files.createSymbolicLink(root.resolve("dev/fd"), Path.of("/proc/self/fd"));
        Files.createSymbolicLink(root.resolve("dev/stdin"), Path.of("/proc/self/fd/0"));
        Files.createSymbolicLink(root.resolve("dev/stdout"), Path.of("/proc/self/fd/1"));
        Files.createSymbolicLink(root.resolve("dev/stderr"), Path.of("/proc/self/fd/2"));
        Files.createSymbolicLink(root.resolve("dev/ptmx"), Path.of("pts/ptmx"));
        prepareWritable();
        prepareEtc(accounts);
        hideCredentials();
    }

    private static void quietly(Path root, String name) {
        try {
            folder(root.resolve(name), 0755);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void overlay(String name) {
        overlaid.add(name);
    }

    /** Makes what a new sandbox needs of its own; copying the template instead would take most of a creation's time. */
    void makeFolders(Path folder) throws IOException {
        folder(folder.resolve("root"), 0755);
        if (privileged) {
            upper(folder, "root");
            for (String name : overlaid) {
                upper(folder, flat(name));
            }
        }
    }

    private static void upper(Path folder, String name) throws IOException {
        folder(folder.resolve("up").resolve(name).resolve("u"), 0755);
        folder(folder.resolve("up").resolve(name).resolve("w"), 0755);
    }

    private static String upperOptions(Path folder, String name) {
        String up = folder + "/up/" + name;
        return ",upperdir=" + up + "/u,workdir=" + up + "/w";
    }

    private static String flat(String name) {
        return name.replace('/', '-');
    }

    // What an unprivileged sandbox may write lies outside of its root, which is read-only: its programs are run on the
    // way in.
    private Path writable() {
        return template.resolve(privileged ? "root" : "rw");
    }

    private void prepareWritable() throws IOException {
        Path root = template.resolve("root");
        for (String name : List.of("tmp", "var", "home/daytona")) {
            folder(root.resolve(name), 0755);
            folder(writable().resolve(name), 0755);
        }
        for (String name : VAR) {
            folder(writable().resolve("var").resolve(name), 0755);
        }
        mode(writable().resolve("tmp"), "rwxrwxrwx");
        folder(writable().resolve("var/tmp"), 0755);
        mode(writable().resolve("home/daytona"), "rwxr-x---");
        Files.createSymbolicLink(writable().resolve("var/run"), Path.of("/run"));
        Files.createSymbolicLink(writable().resolve("var/lock"), Path.of("/run/lock"));
        run(
                programs.path("chmod"),
                "1777",
                writable().resolve("tmp").toString(),
                writable().resolve("var/tmp").toString());
        if (privileged) {
            Files.setAttribute(writable().resolve("home/daytona"), "unix:uid", Accounts.UID);
            Files.setAttribute(writable().resolve("home/daytona"), "unix:gid", Accounts.UID);
            if (Files.isDirectory(Path.of("/var/lib/dpkg"))) {
                folder(layer.resolve("var/lib/dpkg"), 0755);
                overlay("var/lib/dpkg");
            }
        }
    }

    private void prepareEtc(Accounts accounts) throws IOException {
        Path etc = layer.resolve("etc");
        write(etc.resolve("passwd"), accounts.passwd(), "rw-r--r--");
        write(etc.resolve("group"), accounts.group(), "rw-r--r--");
        write(etc.resolve("shadow"), accounts.shadow(), "rw-r-----");
        write(etc.resolve("gshadow"), "", "rw-r-----");
        write(etc.resolve("hosts"), "127.0.0.1 localhost\n::1 localhost ip6-localhost\n", "rw-r--r--");
        write(etc.resolve("hostname"), "sandbox\n", "rw-r--r--");
        write(
                etc.resolve("sudoers"),
                "root ALL=(ALL:ALL) ALL\n" + Accounts.NAME + " ALL=(ALL:ALL) NOPASSWD: ALL\n",
                "r--r-----");
        Path resolver = Path.of("/etc/resolv.conf");
        write(
                etc.resolve("resolv.conf"),
                Files.isReadable(resolver) ? Files.readString(resolver, StandardCharsets.ISO_8859_1) : "",
                "rw-r--r--");
        if (privileged) {
            folder(etc.resolve("pam.d"), 0755);
            write(etc.resolve("pam.d/su"), Sudo.PAM, "rw-r--r--");
            if (!Files.exists(Path.of("/usr/bin/sudo")) && Files.exists(layer.resolve("usr"))) {
                folder(layer.resolve("usr/bin"), 0755);
                write(layer.resolve("usr/bin/sudo"), Sudo.PROGRAM, "rwxr-xr-x");
            }
        }
    }

    // Files that the host does not show to everyone are nobody's business in a sandbox, where root is only a sandbox's
    // root.
    private void hideCredentials() throws IOException {
        Set<String> hidden = new TreeSet<>();
        String found = HostCommand.run(List.of(
                        programs.path("find"),
                        "/etc",
                        "/opt",
                        "/usr/local",
                        "-xdev",
                        "(",
                        "-type",
                        "f",
                        "-o",
                        "-type",
                        "d",
                        ")",
                        "!",
                        "-perm",
                        "-004",
                        "-print",
                        "-prune"))
                .output();
        found.lines()
                .filter(line -> line.startsWith("/"))
                .map(line -> line.substring(1))
                .forEach(hidden::add);
        HIDDEN_IN_ETC.forEach(name -> hidden.add("etc/" + name));
        for (String name : hidden) {
            Path over = layer.resolve(name).normalize();
            boolean ours = over.startsWith(layer) && !Files.exists(over, LinkOption.NOFOLLOW_LINKS);
            if (ours && Files.exists(Path.of("/", name), LinkOption.NOFOLLOW_LINKS)) {
                folder(over.getParent() == null ? layer : over.getParent(), 0755);
                run(programs.path("mknod"), over.toString(), "c", "0", "0");
            }
        }
    }

    /** The mounts of one sandbox, in the form of fstab. */
    String mounts(Path folder) {
        StringBuilder mounts = new StringBuilder();
        String root = folder.resolve("root").toString();
        String base = template.resolve("root").toString();
        if (privileged) {
            line(mounts, "sandbox", root, "overlay", "lowerdir=" + base + upperOptions(folder, "root"));
        } else {
            line(mounts, base, root, "none", "bind,ro");
        }
        if (!privileged) {
            for (String name : List.of("tmp", "var", "home/daytona")) {
                line(mounts, folder + "/rw/" + name, root + "/" + name, "none", "bind");
            }
        }
        for (String name : overlaid) {
            String options = "lowerdir=" + layer.resolve(name) + ":/" + name
                    + (privileged ? upperOptions(folder, flat(name)) : ",ro,userxattr");
            line(mounts, "sandbox-" + flat(name), root + "/" + name, "overlay", options);
        }
        for (String name : DEVICES) {
            line(mounts, "/dev/" + name, root + "/dev/" + name, "none", "bind,ro");
        }
        line(mounts, "devpts", root + "/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=620,nosuid,noexec");
        line(mounts, "shm", root + "/dev/shm", "tmpfs", "mode=1777,nosuid,nodev,size=1g");
        line(mounts, "run", root + "/run", "tmpfs", "mode=755,nosuid,nodev,size=256m");
        line(mounts, "proc", root + "/proc", "proc", "nosuid,nodev,noexec");
        READ_ONLY.stream()
                .filter(SystemRoot::inProc)
                .forEach(name -> line(mounts, root + "/proc/" + name, root + "/proc/" + name, "none", "bind,ro"));
        HIDDEN_FILES.stream()
                .filter(SystemRoot::inProc)
                .forEach(name -> line(mounts, "/dev/null", root + "/proc/" + name, "none", "bind,ro"));
        HIDDEN_FOLDERS.stream()
                .filter(SystemRoot::inProc)
                .forEach(name -> line(mounts, "none-" + name, root + "/proc/" + name, "tmpfs", "ro,size=4k,mode=555"));
        return mounts.toString();
    }

    private static boolean inProc(String name) {
        return Files.exists(Path.of("/proc", name));
    }

    private static void line(StringBuilder mounts, String what, String where, String type, String options) {
        mounts.append(what)
                .append(' ')
                .append(where)
                .append(' ')
                .append(type)
                .append(' ')
                .append(options)
                .append(" 0 0\n");
    }

    private static Path folder(Path path, int mode) throws IOException {
        Files.createDirectories(path);
        mode(path, mode == 0700 ? "rwx------" : "rwxr-xr-x");
        return path;
    }

    private static void mode(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private static void write(Path path, String text, String permissions) throws IOException {
        Files.writeString(path, text, StandardCharsets.ISO_8859_1);
        mode(path, permissions);
    }

    private static void run(String... argv) throws IOException {
        HostCommand result = HostCommand.run(List.of(argv));
        if (result.exitCode() != 0) {
            throw new IOException(result.output().strip());
        }
    }
}
