/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import org.slf4j.Logger;

/** A constructor that no line has, and all of whose parameters the plugins can give. */
public class ShellCommandExecutor extends AbstractCommandExecutor {

    public ShellCommandExecutor(Logger logger, TaskExecutionContext taskRequest) {
        super(taskRequest);
    }
}
