/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.environment;

import io.github.dolphinml.common.validate.Problems;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/** What a node says of the Python environment in which it runs. */
public final class EnvironmentChoice {

    /** What kind of environment a node's text means. */
    public enum Kind {
        /** Nothing: the Python of the worker or of the node's DolphinScheduler environment. */
        ON_PATH(""),
        /** A conda environment's name, or the absolute path of a conda environment or a venv. */
        EXISTING(""),
        /** A pip requirements file, from which an environment is built once. */
        REQUIREMENTS("requirements"),
        /** One requirement itself, as in {@code dvc[s3]}, from which an environment is built once. */
        REQUIREMENT("requirements"),
        /** A conda environment file, from which an environment is built once. */
        CONDA_FILE("condaFile"),
        /** An archive made by conda-pack, which is unpacked once. */
        PACKED("packed");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** The word by which the program that builds environments knows this kind; empty for what is not built. */
        public String word() {
            return word;
        }
    }

    /** For forms that insist on a text. */
    private static final String PYTHON_OF_WORKER = "-";

    private static final Pattern FILE_ENDING =
            Pattern.compile(".*\\.(zip|tar|tgz|gz|bz2|xz|zst|toml|lock|json|cfg|ini|in|py|sh|whl|conda)");

    private static final String VERSION = "\\s*(?:[=!<>~]=|[<>])\\s*[\\w.*+!]+";
    private static final String VERSIONS = VERSION + "(?:\\s*,\\s*" + VERSION + ")*";
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]*\\s*";
    private static final String NO_FILE = "(?!.*\\.(?i:txt|ya?ml|tar\\.gz)$)";
    private static final String EXTRAS = "\\[[A-Za-z0-9._, -]+]";

    /** A package with extras or versions; a bare name may be that of a conda environment. */
    private static final Pattern PACKAGE =
            Pattern.compile(NO_FILE + NAME + "(?:" + EXTRAS + "(?:" + VERSIONS + ")?|" + VERSIONS + ")");

    private final Kind kind;
    private final String text;

    private EnvironmentChoice(Kind kind, String text) {
        this.kind = kind;
        this.text = text;
    }

    /** The Python of the worker. */
    public static EnvironmentChoice onPath() {
        return new EnvironmentChoice(Kind.ON_PATH, "");
    }

    /**
     * Reads a node's text; what cannot be meant is recorded as a fault of the field.
     *
     * @param field the field as the form spells it
     * @param text blank, or "-", for the Python of the worker
     */
    public static EnvironmentChoice of(String field, String text, Problems problems) {
        String name = text.trim();
        if (name.isEmpty() || name.equals(PYTHON_OF_WORKER)) {
            return onPath();
        }
        String lower = name.toLowerCase(Locale.ROOT);
        Kind kind = Kind.EXISTING;
        if (lower.endsWith(".txt")) {
            kind = Kind.REQUIREMENTS;
        } else if (lower.endsWith(".yml") || lower.endsWith(".yaml")) {
            kind = Kind.CONDA_FILE;
        } else if (lower.endsWith(".tar.gz")) {
            kind = Kind.PACKED;
        } else {
            checkExisting(field, name, lower, problems);
        }
        if (name.indexOf('\0') >= 0) {
            problems.add(field, "it holds a NUL character", "leave it out");
        }
        return new EnvironmentChoice(kind, name);
    }

    /**
     * Reads a text that may also be one package with its extras or versions, as in {@code dvc[s3]}.
     *
     * @param field the field as the form spells it
     * @param text blank, or "-", for the Python of the worker
     */
    public static EnvironmentChoice orRequirement(String field, String text, Problems problems) {
        String requirement = text.trim();
        return PACKAGE.matcher(requirement).matches()
                ? new EnvironmentChoice(Kind.REQUIREMENT, requirement)
                : of(field, text, problems);
    }

    private static void checkExisting(String field, String name, String lower, Problems problems) {
        boolean relativePath = !name.startsWith("/") && name.indexOf('/') >= 0;
        boolean noName = name.equals(".") || name.equals("..") || name.startsWith("-");
        if (relativePath || noName || FILE_ENDING.matcher(lower).matches()) {
            problems.add(
                    field,
                    Problems.shown(name) + " is not an environment",
                    "use a conda environment's name, the absolute path of a conda environment or venv, a file that"
                            + " ends in .txt (pip requirements), .yml or .yaml (conda environment file) or .tar.gz"
                            + " (conda-pack), or - for the Python of the worker");
        }
    }

    /** What kind of environment is meant. */
    public Kind kind() {
        return kind;
    }

    /** The text, without blanks around it; empty for {@link Kind#ON_PATH}. */
    public String text() {
        return text;
    }

    /** Whether the environment has to be built or unpacked before its first use. */
    public boolean isBuilt() {
        return !kind.word().isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EnvironmentChoice
                && kind == ((EnvironmentChoice) other).kind
                && text.equals(((EnvironmentChoice) other).text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, text);
    }

    @Override
    public String toString() {
        return kind + " " + text;
    }
}
