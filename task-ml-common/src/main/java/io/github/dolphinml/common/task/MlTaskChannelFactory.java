/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.ds.DsVersion;
import java.util.Collections;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannelFactory;
import org.apache.dolphinscheduler.spi.params.base.PluginParams;
import org.apache.dolphinscheduler.spi.plugin.SPIIdentify;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Offers a task type to DolphinScheduler with a higher priority than the plugin of that name that it ships. */
public abstract class MlTaskChannelFactory implements TaskChannelFactory {

    /** The shipped plugins have 0, and the larger number wins. */
    private static final int PRIORITY = 100;

    /** Says in the server's log which plugin it is that serves this type from now on. */
    protected final void announce() {
        String version = getClass().getPackage().getImplementationVersion();
        Logger logger = LoggerFactory.getLogger(getClass());
        logger.info(
                "Task type {} is served by dolphinml {} with priority {}",
                getName(),
                version == null ? "(not packaged)" : version,
                PRIORITY);
        DsVersion.running().flatMap(DsVersion::warning).ifPresent(logger::warn);
    }

    @Override
    public final SPIIdentify getIdentify() {
        return SPIIdentify.builder().name(getName()).priority(PRIORITY).build();
    }

    /** No form of ours: DolphinScheduler's UI has its own for these types. */
    @Override
    public final List<PluginParams> getParams() {
        return Collections.emptyList();
    }
}
