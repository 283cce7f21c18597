package org.apache.dolphinscheduler.plugin.task.api.enums;

public enum TaskExecutionStatus {
    RUNNING_EXECUTION,
    FAILURE,
    SUCCESS,
    KILL
}
