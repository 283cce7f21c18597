/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.validate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** The task's input cannot be run. Carries every fault that was found, not only the first. */
public final class InvalidTaskException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<FieldProblem> problems;

    /** @param problems at least one fault */
    public InvalidTaskException(List<FieldProblem> problems) {
        super(problems.stream().map(FieldProblem::sentence).collect(Collectors.joining("\n")));
        this.problems = Collections.unmodifiableList(new ArrayList<>(problems));
    }

    /** The faults in the order in which they were found. */
    public List<FieldProblem> problems() {
        return problems;
    }
}
