/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.mlflow.MlflowParameters;
import java.nio.file.Path;
import java.util.Collections;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchPredictionReaderTest {

    @TempDir
    Path directory;

    /** The form of MLflow Models, whose hidden and deployment fields have no effect here. */
    private TestNode node() {
        return TestNode.of("MLFLOW", directory)
                .field("mlflowTrackingUri", "http://127.0.0.1:5000")
                .field("mlflowTaskType", "MLflow Models")
                .field("deployType", "DOCKER")
                .field("deployPort", "")
                .field("deployModelKey", "models:/churn@champion")
                .in("mlflow.deployAction", "predict")
                .in("mlflow.input", "/data/today.csv")
                .in("mlflow.predictions", "scores/today.csv");
    }

    private static Node nodeOf(TestNode test) {
        TaskExecutionContext context = test.context();
        return new Node(MlParameters.read(context.getTaskParams(), new MlflowParameters()), context);
    }

    private static BatchPrediction read(TestNode test) {
        Node node = nodeOf(test);
        BatchPredictionReader reader = new BatchPredictionReader(node);
        assertTrue(reader.applies());
        BatchPrediction prediction = reader.read();
        node.problems().throwIfAny();
        return prediction;
    }

    private static String fault(TestNode test) {
        return assertThrows(InvalidTaskException.class, () -> read(test)).getMessage();
    }

    @Test
    void allThatAPredictionNeeds() {
        BatchPrediction prediction = read(node());
        assertEquals("http://127.0.0.1:5000", prediction.trackingServer().inRequest());
        assertEquals("models:/churn@champion", prediction.model().text());
        assertEquals("/data/today.csv", prediction.input());
        assertEquals("scores/today.csv", prediction.predictions());
        assertEquals(10000, prediction.batchRows());
        assertEquals(5, read(node().in("mlflow.batchRows", "5")).batchRows());
    }

    @Test
    void otherActionsAreADeployments() {
        assertFalse(new BatchPredictionReader(nodeOf(TestNode.of("MLFLOW", directory))).applies());
        assertFalse(new BatchPredictionReader(
                        nodeOf(TestNode.of("MLFLOW", directory).in("mlflow.deployAction", "stop")))
                .applies());
    }

    @Test
    void faultsAreReportedAtOnce() {
        String fault = fault(TestNode.of("MLFLOW", directory)
                .field("deployModelKey", "models:/churn")
                .in("mlflow.deployAction", "predict")
                .in("mlflow.predictions", "a\u0007b")
                .in("mlflow.batchRows", "0")
                .in("mlflow.envManager", "conda"));
        for (String part : new String[] {
            "mlflowTrackingUri: it is empty",
            "deployModelKey: \"models:/churn\" does not name a model; use models:/name/3",
            "mlflow.input: it is empty, and deployAction is predict; give the path of a file or folder to score",
            "mlflow.predictions: it holds a control character; leave it out",
            "mlflow.batchRows: \"0\" is not a value of this option; use a whole number from 1 to 100000000",
            "mlflow.envManager: \"conda\" is not for deployAction predict; use local, and name an environment with"
                    + " the model's packages in mlflow.environment",
        }) {
            assertTrue(fault.contains(part), fault);
        }
    }

    @Test
    void aVersionOfDataIsFetchedForIt() {
        BatchPrediction prediction = read(node().in("mlflow.data", "today=https://ci:hunter22@host/data.git#today.csv")
                .in("mlflow.input", "data/today/today.csv"));
        assertTrue(prediction.data().paths().get("today").endsWith("/data/today/today.csv"));
        assertEquals(Collections.singleton("hunter22"), prediction.secrets());
    }
}
