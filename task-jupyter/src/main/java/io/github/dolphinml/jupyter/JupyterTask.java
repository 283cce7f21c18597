/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter;

import io.github.dolphinml.common.run.ProgramRun;
import io.github.dolphinml.common.task.MlTask;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.jupyter.config.NotebookRun;
import io.github.dolphinml.jupyter.config.NotebookRunReader;
import io.github.dolphinml.jupyter.plan.NotebookPlanner;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Runs a notebook with papermill in the environment that the node names. */
public final class JupyterTask extends MlTask<JupyterParameters> {

    /** Creates the task for a task instance assigned to this worker. */
    public JupyterTask(TaskExecutionContext context) {
        super(context, new JupyterParameters());
    }

    @Override
    protected ProgramRun work(Node node, TaskStart start) {
        NotebookRun run = new NotebookRunReader(node).read();
        node.problems().throwIfAny();
        run.secretValues().forEach(start::hide);
        run.data().secrets().forEach(start::hide);
        return start.program(new NotebookPlanner(node, start.control(), start.secrets()).plan(run));
    }
}
