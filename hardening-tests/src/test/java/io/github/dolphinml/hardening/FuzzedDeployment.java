/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static io.github.dolphinml.hardening.FuzzedField.choice;
import static io.github.dolphinml.hardening.FuzzedField.form;
import static io.github.dolphinml.hardening.FuzzedField.nothing;
import static io.github.dolphinml.hardening.FuzzedField.outputName;
import static io.github.dolphinml.hardening.FuzzedField.parameter;
import static io.github.dolphinml.hardening.FuzzedField.parameterName;
import static io.github.dolphinml.hardening.FuzzedField.part;
import static io.github.dolphinml.hardening.FuzzedField.text;
import static io.github.dolphinml.hardening.FuzzedField.throughPlaceholder;

import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.mlflow.MlflowParameters;
import io.github.dolphinml.mlflow.config.ModelDeployment;
import io.github.dolphinml.mlflow.config.ModelDeploymentReader;
import io.github.dolphinml.mlflow.plan.DeploymentPlanner;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** An MLFLOW node of the type MLflow Models. */
final class FuzzedDeployment implements FuzzedTask {

    private static final String PART = "deployment";
    private static final String SERVER = "http://127.0.0.1:5000/";

    @Override
    public TestNode node(Path directory) {
        return TestNode.of("MLFLOW", directory)
                .field("mlflowTaskType", "MLflow Models")
                .field("mlflowTrackingUri", SERVER)
                .field("deployModelKey", "models:/m/1");
    }

    @Override
    public FuzzedField environment() {
        return parameter("mlflow.environment");
    }

    @Override
    public List<FuzzedField> fields() {
        return Arrays.asList(
                form("mlflowTrackingUri", text(PART, "trackingUri")).wrapped(hostile -> SERVER + hostile),
                throughPlaceholder("mlflowTrackingUri", text(PART, "trackingUri"))
                        .wrapped(hostile -> SERVER + hostile),
                form("deployModelKey", text(PART, "model")).wrapped(hostile -> "/models/" + hostile),
                form("deployPort", nothing()).refusing(),
                form("deployType", nothing()).refusing(),
                choice("mlflow.deployAction"),
                choice("mlflow.deploymentName"),
                choice("mlflow.host"),
                choice("mlflow.serveMode"),
                choice("mlflow.envManager"),
                choice("mlflow.workers"),
                choice("mlflow.scoringTimeout"),
                choice("mlflow.startTimeout"),
                choice("mlflow.checkPrediction"),
                choice("mlflow.force"),
                choice("mlflow.canary"),
                choice("mlflow.canaryTime"),
                choice("mlflow.canaryTolerance"),
                choice("mlflow.restartPolicy"),
                choice("mlflow.cpuLimit"),
                choice("mlflow.memoryLimit"),
                parameter("mlflow.baseImage", text(PART, "baseImage")),
                words("mlflow.buildOptions", "buildOptions"),
                choice("mlflow.imageEnvManager"),
                words("mlflow.runOptions", "runOptions"),
                parameter("mlflow.labels", (request, value) -> part(request, PART)
                                .putObject("labels")
                                .put("team", value.substring("team=".length()).trim()))
                        .wrapped(hostile -> "team=" + hostile.replace(",", "")),
                choice("mlflow.pruneImages"),
                choice("mlflow.keepImages"),
                parameter("mlflow.composeFile", text(PART, "composeFile")),
                choice("mlflow.stateDir"),
                choice("environment.refresh"),
                parameter("plain"),
                parameterName(),
                outputName());
    }

    private static FuzzedField words(String option, String key) {
        return parameter(option, (request, value) -> part(request, PART)
                        .putArray(key)
                        .add("--label")
                        .add(Quoted.inner(value.substring("--label ".length()))))
                .wrapped(hostile -> "--label " + Quoted.word(hostile));
    }

    @Override
    public Node read(TaskExecutionContext context) {
        return new Node(MlParameters.read(context.getTaskParams(), new MlflowParameters()), context);
    }

    @Override
    public ExecutionPlan plan(Node node, ControlDirectory control) {
        ModelDeployment deployment = new ModelDeploymentReader(node).read();
        node.problems().throwIfAny();
        Set<String> secrets = node.secretValues();
        secrets.addAll(deployment.trackingServer().secrets());
        return new DeploymentPlanner(node, control, secrets).plan(deployment);
    }
}
