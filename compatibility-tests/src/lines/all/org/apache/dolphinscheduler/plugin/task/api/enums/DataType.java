package org.apache.dolphinscheduler.plugin.task.api.enums;

public enum DataType {
    VARCHAR,
    INTEGER,
    LONG,
    FLOAT,
    DOUBLE,
    DATE,
    TIME,
    TIMESTAMP,
    BOOLEAN,
    LIST,
    FILE
}
