/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** One step of a plan. Arguments are handed over as they are: no step expands or splits anything. */
public final class Step {

    /** How a step runs. */
    public enum Kind {
        /** A program; the plan ends with its exit code when that is not 0. */
        RUN,
        /** A bash file that changes the environment of the steps after it. */
        SOURCE,
        /** The activated environment's Python; it replaces the shell, so it is the last step. */
        PYTHON
    }

    private final Kind kind;
    private final List<String> argv;

    private Step(Kind kind, List<String> argv) {
        this.kind = kind;
        this.argv = Collections.unmodifiableList(new ArrayList<>(argv));
        for (String argument : this.argv) {
            Objects.requireNonNull(argument, "argument");
        }
    }

    /** Runs a program: its name or path, then its arguments. */
    public static Step run(String... argv) {
        return new Step(Kind.RUN, Arrays.asList(argv));
    }

    /** Sources a bash file: its path, then its positional arguments. */
    public static Step source(String... argv) {
        return new Step(Kind.SOURCE, Arrays.asList(argv));
    }

    /** Runs the activated environment's Python with these arguments. */
    public static Step python(String... argv) {
        return new Step(Kind.PYTHON, Arrays.asList(argv));
    }

    /** How this step runs. */
    public Kind kind() {
        return kind;
    }

    /** The argument list. */
    public List<String> argv() {
        return argv;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Step && kind == ((Step) other).kind && argv.equals(((Step) other).argv);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, argv);
    }

    @Override
    public String toString() {
        return kind + " " + argv;
    }
}
