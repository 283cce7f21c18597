/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.validate.Problems;
import java.util.Arrays;
import java.util.Optional;

/** The two kinds of MLFLOW nodes. */
public enum MlflowTaskType {
    /** Runs a project, which records parameters, metrics and models. */
    PROJECTS("MLflow Projects"),
    /** Deploys a model as a service, or scores files with it. */
    MODELS("MLflow Models");

    private final String word;

    MlflowTaskType(String word) {
        this.word = word;
    }

    /** The name that the form uses. */
    public String word() {
        return word;
    }

    /** Returns the value of a node's {@code mlflowTaskType}, {@link #PROJECTS} if it is empty; any other text is a fault. */
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
