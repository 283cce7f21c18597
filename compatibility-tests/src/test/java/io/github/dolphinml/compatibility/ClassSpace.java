/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** The classes of a line and of our jars, read and not loaded: who has which members, and what is left abstract. */
final class ClassSpace {

    private final ClassLoader files;
    private final Map<String, Declared> read = new HashMap<>();

    ClassSpace(List<URL> path) {
        files = new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    }

    boolean hasType(String internalName) {
        return files.getResource(internalName + ".class") != null;
    }

    /** Whether a member, as in {@link ClassReferences#members()}, is there or inherited. */
    boolean hasMember(String reference) {
        int dot = reference.indexOf('.');
        return lineage(reference.substring(0, dot)).stream()
                .anyMatch(type -> type.members.contains(reference.substring(dot + 1)));
    }

    /** The methods that a class that can be made does not have, though what it extends or implements asks for them. */
    Set<String> missingImplementations(String internalName) {
        Set<String> missing = new TreeSet<>();
        if ((declared(internalName).access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_INTERFACE)) == 0) {
            lineage(internalName).forEach(type -> missing.addAll(type.abstractMethods));
            lineage(internalName).forEach(type -> missing.removeAll(type.implemented));
        }
        return missing;
    }

    private List<Declared> lineage(String internalName) {
        List<Declared> lineage = new ArrayList<>();
        collect(internalName, lineage);
        return lineage;
    }

    private void collect(String internalName, List<Declared> lineage) {
        if (internalName != null && hasType(internalName)) {
            Declared type = declared(internalName);
            lineage.add(type);
            collect(type.parent, lineage);
            type.interfaces.forEach(each -> collect(each, lineage));
        }
    }

    private Declared declared(String internalName) {
        return read.computeIfAbsent(internalName, name -> {
            try (InputStream file = files.getResourceAsStream(name.replace(File.separatorChar, '/') + ".class")) {
                Declared declared = new Declared();
                new ClassReader(file.readAllBytes()).accept(declared, ClassReader.SKIP_CODE);
                return declared;
            } catch (IOException unreadable) {
                throw new IllegalStateException(name, unreadable);
            }
        });
    }

    private static final class Declared extends ClassVisitor {

        private final Set<String> members = new TreeSet<>();
        private final Set<String> abstractMethods = new TreeSet<>();
        private final Set<String> implemented = new TreeSet<>();
        private List<String> interfaces = Collections.emptyList();
        private String parent;
        private int access;
        private boolean ours;

        Declared() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(
                int version, int flags, String name, String signature, String superName, String[] implementedTypes) {
            access = flags;
            ours = name.startsWith("io/github/dolphinml/");
            parent = superName;
            interfaces = List.of(implementedTypes);
        }

        @Override
        public FieldVisitor visitField(int flags, String name, String descriptor, String signature, Object value) {
            if (ours || (flags & Opcodes.ACC_PRIVATE) == 0) {
                members.add(name + descriptor);
            }
            return null;
        }

        @Override
        public MethodVisitor visitMethod(
                int flags, String name, String descriptor, String signature, String[] exceptions) {
            if (ours || (flags & Opcodes.ACC_PRIVATE) == 0) {
                members.add(name + descriptor);
            }
            ((flags & Opcodes.ACC_ABSTRACT) == 0 ? implemented : abstractMethods).add(name + descriptor);
            return null;
        }
    }
}
