/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.utils;

import org.slf4j.MDC;

/** The task log is chosen by a value of the thread's diagnostic context. */
public class LogUtils {

    public static final String LOG_PATH = "taskInstanceLogFullPath";

    public static void setTaskInstanceLogFullPathMDC(String path) {
        MDC.put(LOG_PATH, path);
    }

    public static void removeTaskInstanceLogFullPathMDC() {
        MDC.remove(LOG_PATH);
    }
}
