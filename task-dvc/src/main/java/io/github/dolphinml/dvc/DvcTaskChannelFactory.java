/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc;

import io.github.dolphinml.common.task.MlTaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;

/** Registers the task type DVC. */
public final class DvcTaskChannelFactory extends MlTaskChannelFactory {

    @Override
    public String getName() {
        return "DVC";
    }

    @Override
    public TaskChannel create() {
        announce();
        return new DvcTaskChannel();
    }
}
