/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api;

import org.apache.dolphinscheduler.plugin.task.api.model.ApplicationInfo;

public interface TaskCallBack {

    void updateRemoteApplicationInfo(int taskInstanceId, ApplicationInfo applicationInfo);

    void updateTaskInstanceInfo(int taskInstanceId);
}
