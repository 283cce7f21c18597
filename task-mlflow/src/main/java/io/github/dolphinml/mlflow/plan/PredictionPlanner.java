/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.plan;

import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.ProgramPlanner;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.mlflow.config.BatchPrediction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Plans a batch prediction: activate the environment, then run {@code predict_batch.py} on the request. */
public final class PredictionPlanner extends ProgramPlanner {

    private static final PythonProgram PROGRAM = PythonProgram.of(
            "mlflow/predict/predict_batch.py",
            "mlflow/predict",
            "mlflow/gaps.py",
            "mlflow/deploy/__init__.py",
            "mlflow/deploy/model",
            "mlflow/deploy/request",
            "mlflow/deploy/state",
            "mlflow/tracking");

    /**
     * @param secrets values that the program must keep out of logs, messages and reports
     */
    public PredictionPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        super(node, control, secrets);
    }

    /** Plans a prediction. */
    public ExecutionPlan plan(BatchPrediction prediction) {
        EnvironmentSteps environment = prediction.environment().steps(control(), PythonOrder.PATH_FIRST, "mlflow");
        return plan(environment, PROGRAM, "prediction", request(prediction), prediction.data());
    }

    private static Map<String, Object> request(BatchPrediction prediction) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("trackingUri", prediction.trackingServer().inRequest());
        request.put("model", prediction.model().text());
        request.put("input", prediction.input());
        request.put("predictions", prediction.predictions());
        request.put("batchRows", prediction.batchRows());
        return request;
    }
}
