package org.apache.dolphinscheduler.plugin.task.api;

public class ShellCommandExecutor extends AbstractCommandExecutor {

    public ShellCommandExecutor(TaskExecutionContext taskRequest) {
        super(taskRequest);
    }
}
