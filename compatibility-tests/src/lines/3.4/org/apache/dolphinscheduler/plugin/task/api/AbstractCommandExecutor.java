/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.dolphinscheduler.plugin.task.api.model.TaskResponse;
import org.apache.dolphinscheduler.plugin.task.api.shell.IShellInterceptorBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import standin.OutputParser;
import standin.ShellProcess;

public abstract class AbstractCommandExecutor {

    private static final Logger log = LoggerFactory.getLogger(AbstractCommandExecutor.class);

    protected volatile Map<String, String> taskOutputParams = new HashMap<>();
    protected TaskExecutionContext taskRequest;
    private final ShellProcess shell;

    public AbstractCommandExecutor(TaskExecutionContext taskRequest) {
        this.taskRequest = taskRequest;
        this.shell = new ShellProcess(taskRequest);
    }

    /** Writes each line to the task's log by itself. */
    public TaskResponse run(IShellInterceptorBuilder<?, ?> builder, TaskCallBack taskCallBack) throws Exception {
        shell.start(builder);
        OutputParser parser = new OutputParser();
        Future<?> read = shell.read(line -> {
            log.info(" -> {}", line);
            parser.add(line);
        });
        TaskResponse response = shell.await(taskCallBack, read, this::cancelApplication);
        taskOutputParams = parser.outputs();
        return response;
    }

    public Map<String, String> getTaskOutputParams() {
        return taskOutputParams;
    }

    public void cancelApplication() throws InterruptedException {
        shell.killTree();
    }
}
