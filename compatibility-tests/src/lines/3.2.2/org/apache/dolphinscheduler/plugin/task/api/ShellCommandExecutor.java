/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

public class ShellCommandExecutor extends AbstractCommandExecutor {

    public ShellCommandExecutor(Consumer<LinkedBlockingQueue<String>> logHandler, TaskExecutionContext taskRequest) {
        super(logHandler, taskRequest);
    }

    @Override
    public void cancelApplication() throws InterruptedException {
        shell.destroy();
    }
}
