/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter;

import io.github.dolphinml.common.task.MlTaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;

/** Registers the task type JUPYTER. */
public final class JupyterTaskChannelFactory extends MlTaskChannelFactory {

    @Override
    public String getName() {
        return "JUPYTER";
    }

    @Override
    public TaskChannel create() {
        announce();
        return new JupyterTaskChannel();
    }
}
