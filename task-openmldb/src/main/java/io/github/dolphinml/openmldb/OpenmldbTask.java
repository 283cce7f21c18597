/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb;

import io.github.dolphinml.common.run.ProgramRun;
import io.github.dolphinml.common.task.MlTask;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.openmldb.config.StatementRun;
import io.github.dolphinml.openmldb.config.StatementRunReader;
import io.github.dolphinml.openmldb.plan.StatementPlanner;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Runs SQL statements through OpenMLDB's Python SDK or its API server. */
public final class OpenmldbTask extends MlTask<OpenmldbParameters> {

    /** Creates the task for a task instance assigned to this worker. */
    public OpenmldbTask(TaskExecutionContext context) {
        super(context, new OpenmldbParameters());
    }

    @Override
    protected ProgramRun work(Node node, TaskStart start) {
        StatementRun run = new StatementRunReader(node).read();
        node.problems().throwIfAny();
        run.password().ifPresent(start::hide);
        return start.program(new StatementPlanner(node, start.control(), start.secrets()).plan(run));
    }
}
