/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;

public interface TaskChannel {

    AbstractTask createTask(TaskExecutionContext taskRequest);

    AbstractParameters parseParameters(String taskParams);
}
