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
        return ExecutionPlan.builder()
                .files(environment.files())
                .files(files)
                .files(program.files())
                .file(new TaskRequest(node, secrets).with(part, request).file())
                .steps(environment.steps())
                .step(program.step(control))
                .build();
    }
}
