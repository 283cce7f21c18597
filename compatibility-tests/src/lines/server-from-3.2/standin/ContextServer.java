/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import ch.qos.logback.classic.spi.ILoggingEvent;
import org.apache.dolphinscheduler.plugin.task.api.TaskCallBack;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.model.ApplicationInfo;
import org.apache.dolphinscheduler.plugin.task.api.utils.LogUtils;

/** From 3.2 on a task's log is known by a value of the thread's diagnostic context. */
abstract class ContextServer extends ServerFrame {

    @Override
    final String logOf(ILoggingEvent event) {
        return event.getMDCPropertyMap().get(LogUtils.LOG_PATH);
    }

    @Override
    final void enter(TaskExecutionContext context) {
        LogUtils.setTaskInstanceLogFullPathMDC(context.getLogPath());
    }

    @Override
    final void leave() {
        LogUtils.removeTaskInstanceLogFullPathMDC();
    }

    @Override
    final TaskCallBack callBack() {
        return new TaskCallBack() {
            @Override
            public void updateRemoteApplicationInfo(int taskInstanceId, ApplicationInfo applicationInfo) {}

            @Override
            public void updateTaskInstanceInfo(int taskInstanceId) {}
        };
    }
}
