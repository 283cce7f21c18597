/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

public class K8sTaskExecutionContext {

    private String configYaml;

    public String getConfigYaml() {
        return configYaml;
    }

    public void setConfigYaml(String configYaml) {
        this.configYaml = configYaml;
    }
}
