/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

public class TaskExecutionContextCacheManager {

    private static final Map<Integer, TaskExecutionContext> CACHE = new ConcurrentHashMap<>();

    public static TaskExecutionContext getByTaskInstanceId(Integer id) {
        return CACHE.get(id);
    }

    public static void cacheTaskExecutionContext(TaskExecutionContext context) {
        CACHE.put(context.getTaskInstanceId(), context);
    }
}
