/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.spi.plugin;

public interface PrioritySPI extends Comparable<Integer> {

    SPIIdentify getIdentify();

    @Override
    default int compareTo(Integer priority) {
        return Integer.compare(getIdentify().getPriority(), priority);
    }
}
