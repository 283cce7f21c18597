/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.validate.Problems;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of projects that the form offers. */
public enum ProjectJob {
    /** The user's own project. */
    CUSTOM("CustomProject", null),
    /** A preset that trains with one algorithm. */
    BASIC("BasicAlgorithm", "Project-BasicAlgorithm"),
    /** A preset that searches for the best algorithm. */
    AUTOML("AutoML", "Project-AutoML");

    private final String word;
    private final String directory;

    ProjectJob(String word, String directory) {
        this.word = word;
        this.directory = directory;
    }

    /** The name that the form uses. */
    public String word() {
        return word;
    }

    /** Its directory in a repository of presets. */
    String directory() {
        return directory;
    }

    /** Returns the value of a node's {@code mlflowJobType}, {@link #CUSTOM} if it is empty; any other text is a fault. */
    static ProjectJob of(Node node) {
        String text = node.text("mlflowJobType").orElse(CUSTOM.word);
        Optional<ProjectJob> job = Arrays.stream(values())
                .filter(known -> known.word.equalsIgnoreCase(text))
                .findFirst();
        if (!job.isPresent()) {
            String words = Arrays.stream(values()).map(ProjectJob::word).collect(Collectors.joining(", "));
            node.problems()
                    .add("mlflowJobType", Problems.shown(text) + " is not a type of project", "use one of " + words);
            node.problems().throwIfAny();
        }
        return job.get();
    }
}
