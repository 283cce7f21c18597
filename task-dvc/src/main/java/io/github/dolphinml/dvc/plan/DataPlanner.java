/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.plan;

import io.github.dolphinml.common.data.DataOptions;
import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.ProgramPlanner;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.dvc.config.DataRun;
import io.github.dolphinml.dvc.config.DvcOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Plans an action on a version of data: activate the environment, then run {@code run_dvc.py} on the request. */
public final class DataPlanner extends ProgramPlanner {

    private static final PythonProgram PROGRAM = PythonProgram.of("dvc/run_dvc.py", "data", "dvc");

    /**
     * @param secrets values that the program must keep out of logs, messages and reports
     */
    public DataPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        super(node, control, secrets);
    }

    /** Plans a run. */
    public ExecutionPlan plan(DataRun run) {
        EnvironmentSteps environment = run.environment().steps(control(), PythonOrder.PATH_FIRST, "dvc");
        return plan(environment, PROGRAM, "data", request(run));
    }

    private static Map<String, Object> request(DataRun run) {
        OptionValues options = run.options();
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("action", run.action().word());
        request.put("repository", SecretReference.inRequest("dvcRepository", run.repository()));
        request.put("version", run.version().orElse(null));
        request.put("location", run.location());
        request.put("path", run.path());
        request.put("message", run.message().orElse(null));
        request.put("storeUrl", run.storeUrl().orElse(null));
        request.put("storeConfig", options.get(DvcOptions.STORE_CONFIG));
        request.put("branch", options.find(DvcOptions.BRANCH).orElse(null));
        request.put("remote", options.find(DataOptions.REMOTE).orElse(null));
        request.put("gitUser", DataOptions.credential(options, DataOptions.GIT_USER));
        request.put("gitPassword", DataOptions.credential(options, DataOptions.GIT_PASSWORD));
        request.put("gitName", options.find(DvcOptions.GIT_NAME).orElse(null));
        request.put("gitEmail", options.find(DvcOptions.GIT_EMAIL).orElse(null));
        request.put("moveTag", options.get(DvcOptions.MOVE_TAG));
        request.put("waitTimeout", options.get(DvcOptions.WAIT_TIMEOUT));
        request.put("pollInterval", options.get(DvcOptions.POLL_INTERVAL));
        request.put("changedFrom", options.find(DvcOptions.CHANGED_FROM).orElse(null));
        request.put("stages", options.get(DvcOptions.STAGES));
        request.put("params", options.get(DvcOptions.PARAMS));
        request.put("jobs", options.find(DataOptions.JOBS).orElse(null));
        request.put("cacheDir", options.find(DataOptions.CACHE_DIRECTORY).orElse(null));
        request.put("cacheLimit", options.find(DataOptions.CACHE_LIMIT).orElse(null));
        request.put("link", options.get(DataOptions.LINK));
        return request;
    }
}
