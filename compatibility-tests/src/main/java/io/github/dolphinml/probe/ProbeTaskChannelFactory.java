/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.probe;

import io.github.dolphinml.common.task.MlTaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;

/** Offers the task type PROBE. */
public final class ProbeTaskChannelFactory extends MlTaskChannelFactory {

    @Override
    public String getName() {
        return "PROBE";
    }

    @Override
    public TaskChannel create() {
        announce();
        return new ProbeTaskChannel();
    }
}
