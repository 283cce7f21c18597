/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.parameters;

public class ParametersNode {

    private String taskType;
    private String taskParams;
    private String dependence;
    private String switchResult;

    public String getTaskType() {
        return taskType;
    }

    public void setTaskType(String value) {
        this.taskType = value;
    }

    public String getTaskParams() {
        return taskParams;
    }

    public void setTaskParams(String value) {
        this.taskParams = value;
    }

    public String getDependence() {
        return dependence;
    }

    public void setDependence(String value) {
        this.dependence = value;
    }

    public String getSwitchResult() {
        return switchResult;
    }

    public void setSwitchResult(String value) {
        this.switchResult = value;
    }
}
