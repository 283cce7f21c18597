package org.apache.dolphinscheduler.plugin.task.api.enums;

public enum TaskTimeoutStrategy {
    WARN,
    FAILED,
    WARNFAILED
}
