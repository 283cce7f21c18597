/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.apache.dolphinscheduler.plugin.task.api.model.TaskResponse;
import org.apache.dolphinscheduler.plugin.task.api.shell.IShellInterceptorBuilder;
import standin.OutputParser;
import standin.ShellProcess;

public abstract class AbstractCommandExecutor {

    protected volatile Map<String, String> taskOutputParams = new HashMap<>();
    protected Consumer<LinkedBlockingQueue<String>> logHandler;
    protected LinkedBlockingQueue<String> logBuffer;
    protected volatile boolean processLogOutputIsSuccess = false;
    protected TaskExecutionContext taskRequest;
    protected final ShellProcess shell;

    public AbstractCommandExecutor(Consumer<LinkedBlockingQueue<String>> logHandler, TaskExecutionContext taskRequest) {
        this.logHandler = logHandler;
        this.taskRequest = taskRequest;
        this.shell = new ShellProcess(taskRequest);
        this.logBuffer = new LinkedBlockingQueue<>();
        this.logBuffer.add("");
        taskRequest.setLogBufferEnable(true);
    }

    public TaskResponse run(IShellInterceptorBuilder<?, ?> builder, TaskCallBack taskCallBack) throws Exception {
        shell.start(builder);
        OutputParser parser = new OutputParser();
        Future<?> read = shell.read(line -> {
            logBuffer.add(line);
            parser.add(line);
        });
        Future<?> written = shell.onThread(() -> {
            while (logBuffer.size() > 1 || !processLogOutputIsSuccess) {
                if (logBuffer.size() > 1) {
                    logHandler.accept(logBuffer);
                    // Lines that came since then are lost.
                    pause();
                    logBuffer.clear();
                    logBuffer.add("");
                } else {
                    pause();
                }
            }
        });
        shell.onThread(() -> {
            try {
                read.get();
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            } finally {
                processLogOutputIsSuccess = true;
            }
            taskOutputParams = parser.outputs();
        });
        return shell.await(taskCallBack, written, this::cancelApplication);
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    public Map<String, String> getTaskOutputParams() {
        return taskOutputParams;
    }

    public abstract void cancelApplication() throws InterruptedException;
}
