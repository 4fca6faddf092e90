/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
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
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Copies a jar, with its classes as a compiler for Java 8 would have written them: a JVM's start-up cache leaves out classes of Java 5,
 * as picocli's are, and then reads and verifies them in the old, slow way at every start. Run by the launcher, from source, before it
 * writes the cache.
 */
final class Modernise {

    private static final int JAVA_8 = 52;

    /** Of a class file: the version's low byte. */
    private static final int VERSION = 7;

    public static void main(String[] args) throws IOException {
        Path source = Path.of(args[0]);
        try (URLClassLoader classes = new URLClassLoader(new URL[] {source.toUri().toURL()});
                ZipInputStream in = new ZipInputStream(Files.newInputStream(source));
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(Path.of(args[1])))) {
            ClassFile files = ClassFile.of(
                    ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)),
                    StackMapsOption.GENERATE_STACK_MAPS,
                    DeadCodeOption.PATCH_DEAD_CODE);
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                byte[] bytes = in.readAllBytes();
                out.putNextEntry(new ZipEntry(entry.getName()));
                out.write(isOld(entry, bytes) ? modern(files, bytes) : bytes);
            }
        }
    }

    private static boolean isOld(ZipEntry entry, byte[] bytes) {
        return entry.getName().endsWith(".class") && bytes[VERSION] < JAVA_8;
    }

    private static byte[] modern(ClassFile files, byte[] bytes) {
        ClassTransform version = (builder, element) ->
                builder.with(element instanceof ClassFileVersion ? ClassFileVersion.of(JAVA_8, 0) : element);
        return files.transformClass(
                files.parse(bytes), ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(version));
    }
}
