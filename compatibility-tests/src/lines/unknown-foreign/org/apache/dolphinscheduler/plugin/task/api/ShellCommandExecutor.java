/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.nio.file.Path;

/** A constructor whose parameters nobody can guess. */
public class ShellCommandExecutor extends AbstractCommandExecutor {

    public ShellCommandExecutor(TaskExecutionContext taskRequest, Path sandbox) {
        super(taskRequest);
    }
}
