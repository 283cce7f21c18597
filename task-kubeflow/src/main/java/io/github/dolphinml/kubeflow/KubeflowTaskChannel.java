/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.MlTaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;

/** Creates KUBEFLOW tasks and parses their parameters. */
public final class KubeflowTaskChannel extends MlTaskChannel {

    @Override
    public AbstractTask createTask(TaskExecutionContext context) {
        return new KubeflowTask(context);
    }

    @Override
    public AbstractParameters parseParameters(String taskParams) {
        return MlParameters.read(taskParams, new KubeflowParameters());
    }
}
