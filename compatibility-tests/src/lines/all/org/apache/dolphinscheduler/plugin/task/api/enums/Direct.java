package org.apache.dolphinscheduler.plugin.task.api.enums;

public enum Direct {
    IN,
    OUT
}
