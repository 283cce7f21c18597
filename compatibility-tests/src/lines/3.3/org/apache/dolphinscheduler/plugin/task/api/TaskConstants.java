/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

public class TaskConstants {

    public static final int EXIT_CODE_SUCCESS = 0;
    public static final int EXIT_CODE_FAILURE = -1;
    public static final int EXIT_CODE_KILL = 137;
    public static final int EXIT_CODE_HARD_KILL = 143;
}
