/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.apache.dolphinscheduler.plugin.task.api.parameters.ParametersNode;
import org.apache.dolphinscheduler.plugin.task.api.parameters.resource.ResourceParametersHelper;

/**
 * What DolphinScheduler asks of a task type, in the forms of all its lines: up to 3.2 parameters are parsed from a
 * node object, later from a text. A line calls the one that it knows.
 */
public abstract class MlTaskChannel implements TaskChannel {

    @Override
    public abstract AbstractTask createTask(TaskExecutionContext context);

    /** Reads a task's JSON; never null, since the master of 3.3 and later does not bear it. */
    public abstract AbstractParameters parseParameters(String taskParams);

    @Override
    public final AbstractParameters parseParameters(ParametersNode node) {
        return parseParameters(node.getTaskParams());
    }

    @Override
    public final void cancelApplication(boolean status) {
        // DolphinScheduler ends a task through the task itself.
    }

    @Override
    public final ResourceParametersHelper getResources(String parameters) {
        return null;
    }
}
