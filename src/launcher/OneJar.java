/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.DeadCodeOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Writes one jar with what is in many, for a JVM that has a start-up cache: libraries look for others that may be there, by class and by
 * resource, and the first that is not there opens every jar of the class path, which takes twice as long with forty of them. Classes of
 * Java 5, as picocli's are, are written as a compiler for Java 8 would have: the cache leaves out old ones, which are then read and verified
 * in the old, slow way at every start. Run by the launcher, from source, before it writes the cache.
 *
 * <p>Of classes that a library has for several releases of Java the one for this JVM is taken: it and later ones can read the jar. The
 * manifest is that of the first jar.
 */
final class OneJar {

    private static final int JAVA_8 = 52;

    /** Of a class file: the version's low byte. */
    private static final int VERSION = 7;

    private static final String SERVICES = "META-INF/services/";
    private static final String NETTY_VERSIONS = "META-INF/io.netty.versions.properties";
    /** Of no use to a JVM that runs from a class path. */
    private static final List<String> LEFT_OUT =
            List.of("META-INF/maven/", "META-INF/native-image/", "META-INF/versions/", "META-INF/INDEX.LIST");

    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final ClassFile files;

    private OneJar(ClassLoader classes) {
        this.files = ClassFile.of(
                ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)),
                StackMapsOption.GENERATE_STACK_MAPS,
                DeadCodeOption.PATCH_DEAD_CODE);
    }

    /** The jar to be written, and those it is made of. */
    public static void main(String[] args) throws IOException {
        List<Path> jars = Stream.of(args).skip(1).map(Path::of).toList();
        URL[] urls = new URL[jars.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = jars.get(i).toUri().toURL();
        }
        try (URLClassLoader classes = new URLClassLoader(urls)) {
            OneJar one = new OneJar(classes);
            for (Path jar : jars) {
                one.add(jar);
            }
            one.write(Path.of(args[0]));
        }
    }

    private void add(Path path) throws IOException {
        try (JarFile jar = new JarFile(path.toFile(), true, ZipFile.OPEN_READ, Runtime.version())) {
            for (JarEntry entry : jar.versionedStream().toList()) {
                String name = entry.getName();
                if (!entry.isDirectory() && !isLeftOut(name)) {
                    // Read by the name that it has for this release.
                    try (InputStream in = jar.getInputStream(entry)) {
                        entries.merge(name, modern(name, in.readAllBytes()), (first, other) -> both(name, first, other));
                    }
                }
            }
        }
    }

    private static boolean isLeftOut(String name) {
        return name.endsWith("module-info.class") || LEFT_OUT.stream().anyMatch(name::startsWith);
    }

    /** As on a class path the first counts, but where all of them are read. */
    private static byte[] both(String name, byte[] first, byte[] other) {
        if (!name.startsWith(SERVICES) && !name.equals(NETTY_VERSIONS)) {
            return first;
        }
        byte[] all = new byte[first.length + 1 + other.length];
        System.arraycopy(first, 0, all, 0, first.length);
        all[first.length] = '\n';
        System.arraycopy(other, 0, all, first.length + 1, other.length);
        return all;
    }

    private byte[] modern(String name, byte[] bytes) {
        if (!name.endsWith(".class") || bytes[VERSION] >= JAVA_8) {
            return bytes;
        }
        ClassTransform version = (builder, element) ->
                builder.with(element instanceof ClassFileVersion ? ClassFileVersion.of(JAVA_8, 0) : element);
        return files.transformClass(
                files.parse(bytes), ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(version));
    }

    private void write(Path file) throws IOException {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            // A manifest has to come first to be found by whoever reads a jar from its beginning.
            byte[] manifest = entries.remove(JarFile.MANIFEST_NAME);
            if (manifest != null) {
                put(out, JarFile.MANIFEST_NAME, manifest);
            }
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                put(out, entry.getKey(), entry.getValue());
            }
        }
    }

    private static void put(ZipOutputStream out, String name, byte[] bytes) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(bytes);
        out.closeEntry();
    }
}
