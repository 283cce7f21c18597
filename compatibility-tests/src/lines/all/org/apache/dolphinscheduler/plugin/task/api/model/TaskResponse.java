/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.model;

public class TaskResponse {

    private int exitStatusCode;
    private int processId;
    private String varPool;
    private String appIds;

    public int getExitStatusCode() {
        return exitStatusCode;
    }

    public void setExitStatusCode(int value) {
        this.exitStatusCode = value;
    }

    public int getProcessId() {
        return processId;
    }

    public void setProcessId(int value) {
        this.processId = value;
    }

    public String getVarPool() {
        return varPool;
    }

    public void setVarPool(String value) {
        this.varPool = value;
    }

    public String getAppIds() {
        return appIds;
    }

    public void setAppIds(String value) {
        this.appIds = value;
    }
}
