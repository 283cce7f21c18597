/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc;

import io.github.dolphinml.common.run.ProgramRun;
import io.github.dolphinml.common.task.MlTask;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.dvc.config.DataRun;
import io.github.dolphinml.dvc.config.DataRunReader;
import io.github.dolphinml.dvc.plan.DataPlanner;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Runs an action on a version of data with Git and DVC, in the environment that the operator or the node names. */
public final class DvcTask extends MlTask<DvcParameters> {

    /** Creates the task for a task instance assigned to this worker. */
    public DvcTask(TaskExecutionContext context) {
        super(context, new DvcParameters());
    }

    @Override
    protected ProgramRun work(Node node, TaskStart start) {
        DataRun run = new DataRunReader(node).read();
        node.problems().throwIfAny();
        run.secrets().forEach(start::hide);
        return start.program(new DataPlanner(node, start.control(), start.secrets()).plan(run));
    }
}
