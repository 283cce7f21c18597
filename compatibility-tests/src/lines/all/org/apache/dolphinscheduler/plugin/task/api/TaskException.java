package org.apache.dolphinscheduler.plugin.task.api;

public class TaskException extends RuntimeException {

    public TaskException() {}

    public TaskException(String message) {
        super(message);
    }

    public TaskException(String message, Throwable cause) {
        super(message, cause);
    }
}
