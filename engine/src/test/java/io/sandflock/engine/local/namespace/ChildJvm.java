/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM that holds sandboxes: {@code hold STATE COUNT} waits to be killed, and so does {@code ready STATE}, with a sandbox that is kept ready;
 * {@code run STATE SCRIPT} prints what the script printed.
 */
final class ChildJvm {

    private ChildJvm() {}

    public static void main(String[] args) throws InterruptedException, IOException {
        if (args[0].equals("ready")) {
            ready(Path.of(args[1]));
        }
        NamespaceSubstrate substrate = Boxes.substrate(Path.of(args[1]));
        substrate.open().block(Boxes.LONG);
        if (args[0].equals("hold")) {
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                Machine machine = substrate.create(Boxes.spec("held-" + i)).block(Boxes.LONG);
                Boxes.spawn(
                        machine,
                        "sudo -n sleep 54321 & setsid sleep 54321 & chmod 0 . ; mkdir -p /tmp/a/b; chmod 0 /tmp/a; exec sleep 54321");
            }
            System.out.println("holding");
            Thread.sleep(600_000);
        }
        Machine machine = substrate.create(Boxes.spec("run-1")).block(Boxes.LONG);
        Boxes.Result result = Boxes.sh(machine, args[2]);
        System.out.println(result.out() + "--\n" + result.err() + "--\n" + result.code());
        substrate.closeLater().block(Boxes.LONG);
        System.out.println("closed");
    }

    private static void ready(Path state) throws InterruptedException, IOException {
        NamespaceSubstrate substrate =
                NamespaceSubstrate.create(Boxes.options(state).withKeptReady(Duration.ofHours(1)));
        substrate.open().block(Boxes.LONG);
        Path instance = state.resolve(HostLook.instances(state).get(0));
        for (int i = 1; i <= 2; i++) {
            Machine machine = substrate.create(Boxes.spec("ready-" + i)).block(Boxes.LONG);
            String out = Boxes.sh(machine, "hostname; id -un; echo $DAYTONA_SANDBOX_ID; ls -A")
                    .out();
            System.out.println(out + "own " + Files.exists(instance.resolve("m-ready-" + i)));
            while (!Files.exists(instance.resolve("m-ready." + i))) {
                Thread.onSpinWait();
            }
        }
        System.out.println("holding");
        Thread.sleep(600_000);
    }

    /** Starts one; as user nobody when {@code unprivileged}. */
    static Process start(Path folder, boolean unprivileged, String... args) throws IOException {
        String libraries = "(reactor-core|reactive-streams|jspecify|slf4j-api|sandflock)[^/]*";
        return start(folder, unprivileged, readable(folder, libraries), ChildJvm.class.getName(), args);
    }

    /** Starts the command line, as user nobody. */
    static Process startMain(Path folder, String... args) throws IOException {
        return start(folder, true, readable(folder, "[^/]*"), "io.sandflock.engine.cli.Main", args);
    }

    private static Process start(Path folder, boolean unprivileged, String classPath, String main, String... args)
            throws IOException {
        // As nohup starts a program, and a shell without job control one in its background.
        List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' HUP INT QUIT; exec \"$@\"", "sh"));
        if (unprivileged) {
            command.addAll(List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                classPath,
                main));
        command.addAll(List.of(args));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
        builder.environment().put("HOME", folder.toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("DAYTONA_") || name.startsWith("XDG_"));
        builder.environment().put("SANDFLOCK_TEST_SECRET", "do-not-show");
        return builder.start();
    }

    // The local Maven repository may be in a home that nobody else can enter.
    private static String readable(Path folder, String libraries) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                entries.add(entry);
            } else if (entry.matches(".*/" + libraries + "\\.jar")) {
                Path copy = folder.resolve(path.getFileName());
                if (!Files.exists(copy)) {
                    Files.copy(path, copy);
                }
                entries.add(copy.toString());
            }
        }
        return String.join(":", entries);
    }

    static String readUntil(BufferedReader lines, String last) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            text.append(line).append('\n');
            if (line.equals(last)) {
                break;
            }
        }
        return text.toString();
    }

    static BufferedReader output(Process process) {
        return process.inputReader(StandardCharsets.UTF_8);
    }
}
