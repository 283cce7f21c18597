/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.Option;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.DataFetch;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.validate.Problems;

/** Reads and validates the form of an MLFLOW node of the type MLflow Models with the action predict. */
public final class BatchPredictionReader {

    private final Node node;
    private final OptionValues options;
    private final Problems problems;

    /** Creates a reader for one node. Faults are added to the node's problems. */
    public BatchPredictionReader(Node node) {
        this.node = node;
        this.options = node.options(MlflowOptions.CATALOGUE);
        this.problems = node.problems();
    }

    /** Whether the node requests a batch prediction. */
    public boolean applies() {
        return options.find(DeploymentOptions.ACTION).orElse("").equals(PredictionOptions.PREDICT);
    }

    /** Returns the prediction that the node requests. Use it only if the node has no faults. */
    public BatchPrediction read() {
        MlflowOptions.refuseOtherEnvironment(options, problems, "deployAction predict", "the model's packages");
        return new BatchPrediction.Builder()
                .environment(NodeEnvironment.of(
                        "mlflow.environment",
                        options.find(MlflowOptions.ENVIRONMENT).orElse(""),
                        node))
                .model(TrackingServer.of(node), model())
                .files(
                        path(PredictionOptions.INPUT, "give the path of a file or folder to score"),
                        path(PredictionOptions.PREDICTIONS, "give the path for the rows with their predictions"))
                .batchRows(options.find(PredictionOptions.BATCH_ROWS).orElse(0))
                .data(new DataFetch(node, options.get(ProjectOptions.DATA)))
                .build();
    }

    private ModelKey model() {
        String text = node.required("deployModelKey", ModelKey.RIGHT);
        try {
            return text.isEmpty() ? null : ModelKey.of(text);
        } catch (IllegalArgumentException wrong) {
            problems.add("deployModelKey", Problems.shown(text) + " does not name a model", ModelKey.RIGHT);
            return null;
        }
    }

    private String path(Option<String> option, String right) {
        String name = MlflowOptions.CATALOGUE.parameterName(option);
        String path = options.find(option).orElse("");
        if (path.trim().isEmpty()) {
            problems.add(name, "it is empty, and deployAction is predict", right);
        } else if (path.chars().anyMatch(Character::isISOControl)) {
            problems.add(name, "it holds a control character", "leave it out");
        }
        return path;
    }
}
