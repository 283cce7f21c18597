/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow;

import io.github.dolphinml.common.run.ProgramRun;
import io.github.dolphinml.common.task.MlTask;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.mlflow.config.BatchPrediction;
import io.github.dolphinml.mlflow.config.BatchPredictionReader;
import io.github.dolphinml.mlflow.config.MlflowTaskType;
import io.github.dolphinml.mlflow.config.ModelDeployment;
import io.github.dolphinml.mlflow.config.ModelDeploymentReader;
import io.github.dolphinml.mlflow.config.ProjectRun;
import io.github.dolphinml.mlflow.config.ProjectRunReader;
import io.github.dolphinml.mlflow.plan.DeploymentPlanner;
import io.github.dolphinml.mlflow.plan.PredictionPlanner;
import io.github.dolphinml.mlflow.plan.ProjectPlanner;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Runs an MLflow project, deploys a model as a service and manages it, or scores files with a model. */
public final class MlflowTask extends MlTask<MlflowParameters> {

    /** Creates the task for a task instance assigned to this worker. */
    public MlflowTask(TaskExecutionContext context) {
        super(context, new MlflowParameters());
    }

    @Override
    protected ProgramRun work(Node node, TaskStart start) {
        if (MlflowTaskType.of(node) == MlflowTaskType.PROJECTS) {
            return project(node, start);
        }
        BatchPredictionReader prediction = new BatchPredictionReader(node);
        return prediction.applies() ? prediction(node, prediction, start) : deployment(node, start);
    }

    private ProgramRun prediction(Node node, BatchPredictionReader reader, TaskStart start) {
        BatchPrediction prediction = reader.read();
        node.problems().throwIfAny();
        prediction.secrets().forEach(start::hide);
        return start.program(new PredictionPlanner(node, start.control(), start.secrets()).plan(prediction));
    }

    private ProgramRun deployment(Node node, TaskStart start) {
        ModelDeployment deployment = new ModelDeploymentReader(node).read();
        node.problems().throwIfAny();
        deployment.trackingServer().secrets().forEach(start::hide);
        return start.program(new DeploymentPlanner(node, start.control(), start.secrets()).plan(deployment));
    }

    private ProgramRun project(Node node, TaskStart start) {
        ProjectRun run = new ProjectRunReader(node).read();
        node.problems().throwIfAny();
        run.secrets().forEach(start::hide);
        return start.program(new ProjectPlanner(node, start.control(), start.secrets()).plan(run));
    }
}
