/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb;

import io.github.dolphinml.common.task.MlTaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;

/** Registers the task type OPENMLDB. */
public final class OpenmldbTaskChannelFactory extends MlTaskChannelFactory {

    @Override
    public String getName() {
        return "OPENMLDB";
    }

    @Override
    public TaskChannel create() {
        announce();
        return new OpenmldbTaskChannel();
    }
}
