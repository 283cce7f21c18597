/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.util.concurrent.LinkedBlockingQueue;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public abstract class AbstractTask {

    protected final Logger log = LoggerFactory.getLogger(getClass());
    protected TaskExecutionContext taskRequest;
    protected int processId;
    protected String appIds;
    protected volatile int exitStatusCode = -1;
    protected boolean needAlert = false;

    protected AbstractTask(TaskExecutionContext taskExecutionContext) {
        this.taskRequest = taskExecutionContext;
    }

    public void init() {}

    public abstract void handle(TaskCallBack taskCallBack) throws TaskException;

    public abstract void cancel() throws TaskException;

    public abstract AbstractParameters getParameters();

    public int getExitStatusCode() {
        return exitStatusCode;
    }

    public void setExitStatusCode(int value) {
        exitStatusCode = value;
    }

    public int getProcessId() {
        return processId;
    }

    public void setProcessId(int value) {
        processId = value;
    }

    public String getAppIds() {
        return appIds;
    }

    public void setAppIds(String value) {
        appIds = value;
    }

    public boolean getNeedAlert() {
        return needAlert;
    }

    public void setNeedAlert(boolean value) {
        needAlert = value;
    }

    public void logHandle(LinkedBlockingQueue<String> logs) {
        throw new UnsupportedOperationException("not a member that all lines have");
    }

    public TaskExecutionStatus getExitStatus() {
        if (exitStatusCode == TaskConstants.EXIT_CODE_SUCCESS) {
            return TaskExecutionStatus.SUCCESS;
        }
        return exitStatusCode == TaskConstants.EXIT_CODE_KILL ? TaskExecutionStatus.KILL : TaskExecutionStatus.FAILURE;
    }
}
