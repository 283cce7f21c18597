/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What a node says of its environment, and the Python that this has to start. */
final class HostileEnvironment {

    /** What a text may mean. */
    private enum Kind {
        /** No text: the Python on PATH. */
        ON_PATH,
        /** An environment that is not there. */
        MISSING,
        /** One that conda would find by its name. */
        NAMED,
        /** The folder of one. */
        FOLDER,
        /** A file from which one is built. */
        BUILT
    }

    private final Kind kind;
    private final String text;
    private final Path python;

    private HostileEnvironment(Kind kind, String text, Path python) {
        this.kind = kind;
        this.text = text;
        this.python = python;
    }

    static HostileEnvironment drawn(HostileTexts texts, FuzzBench bench) throws IOException {
        Kind kind = texts.below(2) == 0 ? Kind.ON_PATH : Kind.values()[texts.below(Kind.values().length)];
        switch (kind) {
            case NAMED:
                String name = texts.fileName();
                return new HostileEnvironment(
                        kind, name, made(bench, bench.home().resolve(".conda/envs/" + name)));
            case FOLDER:
                Path folder = bench.work().resolve("environments").resolve(texts.fileName());
                return new HostileEnvironment(kind, folder.toString(), made(bench, folder));
            case BUILT:
                return new HostileEnvironment(
                        kind,
                        texts.next() + "requirements.txt",
                        bench.tripwires().environment().resolve("bin/python"));
            case MISSING:
                return new HostileEnvironment(kind, "missing " + texts.next() + "!", null);
            default:
                return new HostileEnvironment(kind, "", bench.tripwires().path().resolve("python3"));
        }
    }

    private static Path made(FuzzBench bench, Path prefix) throws IOException {
        Path python = Files.createDirectories(prefix.resolve("bin")).resolve("python");
        bench.tripwires().recorder(python);
        return python;
    }

    /** The kinds there are. */
    static List<String> kinds() {
        return Arrays.stream(Kind.values()).map(Kind::toString).collect(Collectors.toList());
    }

    /** The text of the field; empty if it is not set. */
    String text() {
        return text;
    }

    boolean isMissing() {
        return kind == Kind.MISSING;
    }

    boolean isBuilt() {
        return kind == Kind.BUILT;
    }

    /** The Python that runs the program. */
    String python() {
        return python.toString();
    }

    /** What the run says of a missing environment. */
    void checkRefusal(List<List<String>> starts, String output) {
        if (!starts.isEmpty() || !output.contains("no environment \"" + text.trim() + "\" was found")) {
            throw new AssertionError("started " + starts + " and said " + output);
        }
    }

    @Override
    public String toString() {
        return kind.toString();
    }
}
