/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.mlflow.MlflowParameters;
import io.github.dolphinml.mlflow.config.BatchPredictionReader;
import io.github.dolphinml.mlflow.config.ModelDeploymentReader;
import io.github.dolphinml.mlflow.config.ProjectRunReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is staged of Python is all that the programs import of ours. */
class StagedProgramsTest {

    @TempDir
    Path directory;

    @Test
    void ofAProject() throws Exception {
        Node node = node("project/custom-hostile");
        imports(
                new ProjectPlanner(node, control(), node.secretValues()).plan(new ProjectRunReader(node).read()),
                "project.entry, dolphinml.mlflow.project.project_run, dolphinml.mlflow.project.project_child");
    }

    @Test
    void ofADeployment() throws Exception {
        Node node = node("deployment/stock-form");
        imports(
                new DeploymentPlanner(node, control(), node.secretValues())
                        .plan(new ModelDeploymentReader(node).read()),
                "deploy.actions");
    }

    @Test
    void ofABatchPrediction() throws Exception {
        Node node = node("prediction/hostile");
        imports(
                new PredictionPlanner(node, control(), node.secretValues())
                        .plan(new BatchPredictionReader(node).read()),
                "predict.prediction");
    }

    private Node node(String golden) throws IOException {
        TaskExecutionContext context = TestNode.of("MLFLOW", directory).context();
        String task = new String(
                Files.readAllBytes(Paths.get("src/test/resources/golden", golden, "task.json")),
                StandardCharsets.UTF_8);
        context.setTaskParams(task);
        return new Node(MlParameters.read(task, new MlflowParameters()), context);
    }

    private ControlDirectory control() {
        return new ControlDirectory(directory.toString(), "12345678", RunUser.worker());
    }

    private void imports(ExecutionPlan plan, String modules) throws Exception {
        for (StagedFile file : plan.files()) {
            Path path = directory.resolve(file.path());
            Files.createDirectories(path.getParent());
            Files.write(path, file.content());
        }
        Process python = new ProcessBuilder(
                        "python3",
                        "-B",
                        "-c",
                        "import sys; sys.path[:0] = [sys.argv[1]]; import dolphinml.mlflow." + modules,
                        directory.resolve("python").toString())
                .inheritIO()
                .start();
        assertEquals(0, python.waitFor());
    }
}
