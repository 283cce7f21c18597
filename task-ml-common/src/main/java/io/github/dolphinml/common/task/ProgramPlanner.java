/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.run.ControlDirectory;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Plans the run of a Python program of ours: activate the environment, then run the program on its request. */
public abstract class ProgramPlanner {

    private final Node node;
    private final ControlDirectory control;
    private final Set<String> secrets;

    /**
     * @param secrets values that the program must keep out of everything that people read
     */
    protected ProgramPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        this.node = node;
        this.control = control;
        this.secrets = secrets;
    }

    protected final Node node() {
        return node;
    }

    protected final ControlDirectory control() {
        return control;
    }

    /**
     * The plan of a run.
     *
     * @param part the key of the program's own part of the request
     * @param request that part, as {@link TaskRequest#with} takes it
     */
    protected final ExecutionPlan plan(
            EnvironmentSteps environment, PythonProgram program, String part, Map<String, Object> request) {
        return plan(environment, program, part, request, Collections.emptyList());
    }

    /**
     * The plan of a run.
     *
     * @param files what the program needs besides its request
     */
    protected final ExecutionPlan plan(
            EnvironmentSteps environment,
            PythonProgram program,
            String part,
            Map<String, Object> request,
            List<StagedFile> files) {
        return plan(environment, files, program, new TaskRequest(node, secrets).with(part, request))
                .step(program.step(control))
                .build();
    }

    /** The plan of a run that takes versions of data as its inputs. */
    protected final ExecutionPlan plan(
            EnvironmentSteps environment,
            PythonProgram program,
            String part,
            Map<String, Object> request,
            DataFetch inputs) {
        TaskRequest whole = new TaskRequest(node, secrets).with(part, request);
        inputs.report(control).ifPresent(report -> whole.with("inputsReport", report));
        ExecutionPlan.Builder plan = plan(environment, Collections.emptyList(), program, whole);
        inputs.addTo(plan, control, secrets);
        return plan.step(program.step(control)).build();
    }

    private static ExecutionPlan.Builder plan(
            EnvironmentSteps environment, List<StagedFile> files, PythonProgram program, TaskRequest request) {
        return ExecutionPlan.builder()
                .files(environment.files())
                .files(files)
                .files(program.files())
                .file(request.file())
                .steps(environment.steps());
    }
}
