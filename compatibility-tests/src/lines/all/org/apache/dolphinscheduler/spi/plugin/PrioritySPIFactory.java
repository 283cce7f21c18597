/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.spi.plugin;

import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;

/** The larger priority wins, and two of the same one are an error that stops the server. */
public class PrioritySPIFactory<T extends PrioritySPI> {

    private final Map<String, T> map = new HashMap<>();

    public PrioritySPIFactory(Class<T> spiClass) {
        for (T found : ServiceLoader.load(spiClass)) {
            SPIIdentify identify = found.getIdentify();
            T known = map.get(identify.getName());
            if (known != null && known.getIdentify().getPriority() == identify.getPriority()) {
                throw new IllegalArgumentException("two plugins of the name " + identify.getName()
                        + " and the priority " + identify.getPriority());
            }
            if (known == null || known.compareTo(identify.getPriority()) < 0) {
                map.put(identify.getName(), found);
            }
        }
    }

    public Map<String, T> getSPIMap() {
        return map;
    }
}
