/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.spi.plugin;

public class SPIIdentify {

    private static final int DEFAULT_PRIORITY = 0;

    private String name;
    private int priority;

    public SPIIdentify(String name, int priority) {
        this.name = name;
        this.priority = priority;
    }

    public static SPIIdentifyBuilder builder() {
        return new SPIIdentifyBuilder();
    }

    public String getName() {
        return name;
    }

    public void setName(String value) {
        name = value;
    }

    public int getPriority() {
        return priority;
    }

    public void setPriority(int value) {
        priority = value;
    }

    public static class SPIIdentifyBuilder {

        private String name;
        private int priority = DEFAULT_PRIORITY;

        public SPIIdentifyBuilder name(String value) {
            name = value;
            return this;
        }

        public SPIIdentifyBuilder priority(int value) {
            priority = value;
            return this;
        }

        public SPIIdentify build() {
            return new SPIIdentify(name, priority);
        }
    }
}
