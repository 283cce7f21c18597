/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.dolphinscheduler.plugin.task.api.model.TaskResponse;
import org.apache.dolphinscheduler.plugin.task.api.shell.IShellInterceptorBuilder;
import org.slf4j.Logger;
import standin.ShellProcess;

public abstract class AbstractCommandExecutor {

    private static final Pattern PRINTED = Pattern.compile("[$#]\\{setValue\\((.*?)\\)}");

    protected StringBuilder varPool = new StringBuilder();
    protected Consumer<LinkedBlockingQueue<String>> logHandler;
    protected Logger logger;
    protected LinkedBlockingQueue<String> logBuffer;
    protected volatile boolean processLogOutputIsSuccess = false;
    protected TaskExecutionContext taskRequest;
    private final ShellProcess shell;

    public AbstractCommandExecutor(
            Consumer<LinkedBlockingQueue<String>> logHandler, TaskExecutionContext taskRequest, Logger logger) {
        this.logHandler = logHandler;
        this.taskRequest = taskRequest;
        this.logger = logger;
        this.shell = new ShellProcess(taskRequest);
        this.logBuffer = new LinkedBlockingQueue<>();
        this.logBuffer.add("");
        taskRequest.setLogBufferEnable(true);
    }

    public TaskResponse run(IShellInterceptorBuilder<?, ?> builder, TaskCallBack taskCallBack) throws Exception {
        if (TaskExecutionContextCacheManager.getByTaskInstanceId(taskRequest.getTaskInstanceId()) == null) {
            TaskResponse killed = new TaskResponse();
            killed.setExitStatusCode(TaskConstants.EXIT_CODE_KILL);
            return killed;
        }
        shell.start(builder);
        Future<?> read = shell.read(line -> {
            handle(line);
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
            finish(read);
        });
        return shell.await(taskCallBack, written, this::cancelApplication);
    }

    private void handle(String line) {
        Matcher printed = PRINTED.matcher(line);
        if (line.startsWith("${setValue(") || line.startsWith("#{setValue(")) {
            if (printed.find()) {
                varPool.append(printed.group(1)).append("$VarPool$");
            }
        } else {
            logBuffer.add(line);
        }
    }

    private void finish(Future<?> read) {
        try {
            read.get();
        } catch (Exception failed) {
            logger.error("output", failed);
        }
        processLogOutputIsSuccess = true;
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    public String getVarPool() {
        return varPool.toString();
    }

    public void cancelApplication() throws InterruptedException {
        shell.destroy();
    }
}
