/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.validate.Problems;
import java.util.Arrays;
import java.util.Optional;

/** The two things that an MLFLOW node does. */
public enum MlflowTaskType {
    /** Runs code and records what it measures. */
    PROJECTS("MLflow Projects"),
    /** Makes a service of a model. */
    MODELS("MLflow Models");

    private final String word;

    MlflowTaskType(String word) {
        this.word = word;
    }

    /** The form's word for it. */
    public String word() {
        return word;
    }

    /** What a node's {@code mlflowTaskType} says, {@link #PROJECTS} where it is empty; another word is a fault. */
    public static MlflowTaskType of(Node node) {
        String text = node.text("mlflowTaskType").orElse(PROJECTS.word);
        Optional<MlflowTaskType> type = Arrays.stream(values())
                .filter(known -> known.word.equalsIgnoreCase(text))
                .findFirst();
        if (!type.isPresent()) {
            node.problems()
                    .add(
                            "mlflowTaskType",
                            Problems.shown(text) + " is not a type of task",
                            "use " + PROJECTS.word + " or " + MODELS.word);
            node.problems().throwIfAny();
        }
        return type.get();
    }
}
