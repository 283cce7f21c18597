/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import java.util.Set;
import java.util.TreeSet;
import org.objectweb.asm.AnnotationVisitor;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** What a class file refers to in DolphinScheduler: types by name, members as {@code owner.name+descriptor}. */
final class ClassReferences {

    private static final String DOLPHIN_SCHEDULER = "org/apache/dolphinscheduler/";

    private final Set<String> types = new TreeSet<>();
    private final Set<String> members = new TreeSet<>();

    private ClassReferences() {}

    static ClassReferences of(byte[] classFile) {
        ClassReferences found = new ClassReferences();
        new ClassReader(classFile).accept(found.new Classes(), ClassReader.SKIP_FRAMES);
        return found;
    }

    Set<String> types() {
        return types;
    }

    Set<String> members() {
        return members;
    }

    private void type(Type type) {
        switch (type.getSort()) {
            case Type.ARRAY:
                type(type.getElementType());
                break;
            case Type.METHOD:
                type(type.getReturnType());
                for (Type argument : type.getArgumentTypes()) {
                    type(argument);
                }
                break;
            case Type.OBJECT:
                if (type.getInternalName().startsWith(DOLPHIN_SCHEDULER)) {
                    types.add(type.getInternalName());
                }
                break;
            default:
                break;
        }
    }

    private void name(String internalName) {
        if (internalName != null) {
            type(Type.getObjectType(internalName));
        }
    }

    /** A member of a class of ours may be one that it has from DolphinScheduler, so those are kept too. */
    private void member(String owner, String name, String descriptor) {
        name(owner);
        type(Type.getType(descriptor));
        if (owner.startsWith(DOLPHIN_SCHEDULER) || owner.startsWith("io/github/dolphinml/")) {
            members.add(owner + "." + name + descriptor);
        }
    }

    private final class Classes extends ClassVisitor {

        Classes() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(
                int version, int access, String name, String signature, String superName, String[] interfaces) {
            name(superName);
            for (String each : interfaces) {
                name(each);
            }
        }

        @Override
        public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
            type(Type.getType(descriptor));
            return null;
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            type(Type.getMethodType(descriptor));
            if (exceptions != null) {
                for (String exception : exceptions) {
                    name(exception);
                }
            }
            return new Code();
        }

        @Override
        public AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
            type(Type.getType(descriptor));
            return null;
        }
    }

    private final class Code extends MethodVisitor {

        Code() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            name(type);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            member(owner, name, descriptor);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            if (owner.startsWith("[")) {
                name(owner);
            } else {
                member(owner, name, descriptor);
            }
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            type(Type.getMethodType(descriptor));
            for (Object argument : arguments) {
                visitLdcInsn(argument);
            }
        }

        @Override
        public void visitLdcInsn(Object value) {
            if (value instanceof Type) {
                type((Type) value);
            } else if (value instanceof Handle) {
                Handle handle = (Handle) value;
                member(handle.getOwner(), handle.getName(), handle.getDesc());
            }
        }

        @Override
        public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
            type(Type.getType(descriptor));
        }

        @Override
        public void visitTryCatchBlock(Label start, Label end, Label handler, String type) {
            name(type);
        }
    }
}
