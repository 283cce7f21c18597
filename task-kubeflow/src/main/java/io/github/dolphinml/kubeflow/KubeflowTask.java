/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow;

import io.github.dolphinml.common.run.ProgramRun;
import io.github.dolphinml.common.task.MlTask;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.kubeflow.config.ManifestRun;
import io.github.dolphinml.kubeflow.config.ManifestRunReader;
import io.github.dolphinml.kubeflow.plan.ManifestPlanner;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Applies a manifest with kubectl and follows its objects until they end. */
public final class KubeflowTask extends MlTask<KubeflowParameters> {

    /** Creates the task for a task instance assigned to this worker. */
    public KubeflowTask(TaskExecutionContext context) {
        super(context, new KubeflowParameters());
    }

    @Override
    protected ProgramRun work(Node node, TaskStart start) {
        ManifestRun run = new ManifestRunReader(node).read();
        node.problems().throwIfAny();
        run.secrets().forEach(start::hide);
        return start.program(new ManifestPlanner(node, start.control(), start.secrets()).plan(run));
    }
}
