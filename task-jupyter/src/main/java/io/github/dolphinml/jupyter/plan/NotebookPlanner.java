/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.plan;

import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.ProgramPlanner;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.jupyter.config.JupyterOptions;
import io.github.dolphinml.jupyter.config.NotebookRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Plans a notebook run: activate the environment, then run {@code run_notebook.py} on the request. */
public final class NotebookPlanner extends ProgramPlanner {

    private static final PythonProgram PROGRAM = PythonProgram.of("jupyter/run_notebook.py", "jupyter");

    /**
     * @param secrets values that the program must keep out of logs, messages and reports
     */
    public NotebookPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        super(node, control, secrets);
    }

    /** Plans a run. */
    public ExecutionPlan plan(NotebookRun run) {
        EnvironmentSteps environment =
                run.environment().steps(control(), PythonOrder.HOME_FIRST, "papermill", "ipykernel");
        return plan(environment, PROGRAM, "notebook", request(run), run.data());
    }

    private Map<String, Object> request(NotebookRun run) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("input", run.input());
        request.put("output", run.output());
        request.put("parameters", run.parameters());
        request.put("parameterTypes", run.options().get(JupyterOptions.PARAMETER_TYPES));
        request.put("kernel", run.kernel().orElse(null));
        request.put("engine", run.engine().orElse(null));
        request.put(
                "executionTimeout",
                run.executionTimeout().isPresent() ? run.executionTimeout().getAsInt() : null);
        request.put(
                "startTimeout",
                run.startTimeout().isPresent() ? run.startTimeout().getAsInt() : null);
        request.put("others", run.others());
        List<Object> secrets = secretsInOthers(run);
        if (!secrets.isEmpty()) {
            request.put("secretsInOthers", secrets);
        }
        request.put("report", run.options().get(JupyterOptions.REPORT));
        request.put("reportHideInput", run.options().get(JupyterOptions.REPORT_HIDE_INPUT));
        request.put("secretParameters", run.secretNames());
        request.put("secretWords", node().secretNames().words());
        request.put("keepProcesses", run.options().get(JupyterOptions.KEEP_PROCESSES));
        request.put("resume", run.options().get(JupyterOptions.RESUME));
        request.put("printLimit", run.options().get(JupyterOptions.PRINT_LIMIT));
        readyKernels(run.options()).ifPresent(ready -> request.put("readyKernels", ready));
        request.put("runKey", node().runKey().orElse(null));
        request.put("outputLimit", run.outputLimit());
        return request;
    }

    private static Optional<Map<String, Object>> readyKernels(OptionValues options) {
        if (!options.get(JupyterOptions.READY_KERNELS)) {
            return Optional.empty();
        }
        Map<String, Object> ready = new LinkedHashMap<>();
        ready.put("libraries", options.get(JupyterOptions.READY_LIBRARIES));
        ready.put("idleSeconds", 60 * options.get(JupyterOptions.READY_MINUTES));
        return Optional.of(ready);
    }

    /** Lists the secrets in the request, so that a missing one is reported before the environment is built. */
    private static List<Object> secretsInOthers(NotebookRun run) {
        List<Object> secrets = new ArrayList<>();
        run.secretsInOthers().forEach(name -> secrets.add(SecretReference.inRequest("others", "", name)));
        run.parameterFiles().forEach(path -> secrets.add(SecretReference.fileInRequest("others", path)));
        return secrets;
    }
}
