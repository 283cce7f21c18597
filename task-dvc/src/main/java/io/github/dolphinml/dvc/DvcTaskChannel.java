/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.MlTaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;

/** Creates DVC tasks and parses their parameters. */
public final class DvcTaskChannel extends MlTaskChannel {

    @Override
    public AbstractTask createTask(TaskExecutionContext context) {
        return new DvcTask(context);
    }

    @Override
    public AbstractParameters parseParameters(String taskParams) {
        return MlParameters.read(taskParams, new DvcParameters());
    }
}
