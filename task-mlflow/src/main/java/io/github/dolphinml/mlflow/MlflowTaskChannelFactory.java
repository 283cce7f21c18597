/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow;

import io.github.dolphinml.common.task.MlTaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;

/** Registers the task type MLFLOW. */
public final class MlflowTaskChannelFactory extends MlTaskChannelFactory {

    @Override
    public String getName() {
        return "MLFLOW";
    }

    @Override
    public TaskChannel create() {
        announce();
        return new MlflowTaskChannel();
    }
}
