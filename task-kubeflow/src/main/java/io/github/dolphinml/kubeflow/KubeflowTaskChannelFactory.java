/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow;

import io.github.dolphinml.common.task.MlTaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;

/** Registers the task type KUBEFLOW. */
public final class KubeflowTaskChannelFactory extends MlTaskChannelFactory {

    @Override
    public String getName() {
        return "KUBEFLOW";
    }

    @Override
    public TaskChannel create() {
        announce();
        return new KubeflowTaskChannel();
    }
}
