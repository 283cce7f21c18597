/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.plan;

import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.task.ProgramPlanner;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.mlflow.config.MlflowOptions;
import io.github.dolphinml.mlflow.config.OfferedParameter;
import io.github.dolphinml.mlflow.config.PresetTraining;
import io.github.dolphinml.mlflow.config.ProjectCommand;
import io.github.dolphinml.mlflow.config.ProjectJob;
import io.github.dolphinml.mlflow.config.ProjectOptions;
import io.github.dolphinml.mlflow.config.ProjectRun;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans a run of a project: activate the environment, then run {@code run_project.py} on the request. */
public final class ProjectPlanner extends ProgramPlanner {

    private static final String ENTRY = "mlflow/project/run_project.py";
    private static final PythonProgram PROJECT =
            PythonProgram.of(ENTRY, "mlflow/project", "mlflow/tracking", "environment/indexes.py");
    private static final PythonProgram PRESET = PythonProgram.of(
            ENTRY, "mlflow/project", "mlflow/tracking", "mlflow/preset", "mlflow/gaps.py", "environment");

    /**
     * @param secrets values that the program must keep out of logs, messages and reports
     */
    public ProjectPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        super(node, control, secrets);
    }

    /** Plans a run. */
    public ExecutionPlan plan(ProjectRun run) {
        EnvironmentSteps environment = run.environment().steps(control(), PythonOrder.PATH_FIRST, "mlflow");
        PythonProgram program = run.preset().isPresent() ? PRESET : PROJECT;
        return plan(environment, program, "project", request(run), run.data());
    }

    private static Map<String, Object> request(ProjectRun run) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("trackingUri", run.trackingServer().inRequest());
        request.put("experimentName", run.experiment().orElse(null));
        request.put("outputs", run.options().get(ProjectOptions.OUTPUTS));
        run.command().ifPresent(command -> request.put("command", command(command, run.options())));
        run.preset().ifPresent(preset -> {
            request.put("preset", preset(preset, run.options()));
            request.put("presetEnvironment", run.environment().order());
        });
        return request;
    }

    private static Map<String, Object> command(ProjectCommand command, OptionValues options) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("repository", command.repository());
        request.put("version", command.version().orElse(null));
        request.put("words", command.wordsInRequest());
        request.put(
                "offers", command.offers().stream().map(ProjectPlanner::offer).collect(Collectors.toList()));
        request.put("entryPoint", options.find(ProjectOptions.ENTRY_POINT).orElse(null));
        request.put(
                "envManager", options.find(MlflowOptions.ENVIRONMENT_MANAGER).orElse(null));
        request.put("backend", options.find(ProjectOptions.BACKEND).orElse(null));
        request.put("condaRoot", NodeEnvironment.condaRoot());
        return request;
    }

    private static Map<String, String> offer(OfferedParameter parameter) {
        Map<String, String> request = new LinkedHashMap<>();
        request.put("name", parameter.name());
        request.put("value", parameter.value());
        request.put("option", parameter.option());
        return request;
    }

    /** The keys that {@code preset/training_request.py} reads. */
    private static Map<String, Object> preset(PresetTraining training, OptionValues options) {
        boolean automl = training.job() == ProjectJob.AUTOML;
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("jobType", training.job().word());
        request.put("algorithm", automl ? null : training.method());
        request.put("automlTool", automl ? training.method() : null);
        request.put("params", training.params());
        request.put("searchParams", training.searchParams());
        request.put("isSearchParams", training.searches().orElse(null));
        request.put("dataPath", training.dataPath());
        request.put("labelColumn", options.find(ProjectOptions.LABEL_COLUMN).orElse("label"));
        request.put("registerModel", training.modelName().isPresent());
        request.put("modelName", training.modelName().orElse(null));
        request.put("promoteIf", options.find(ProjectOptions.PROMOTE_IF).orElse(null));
        return request;
    }
}
