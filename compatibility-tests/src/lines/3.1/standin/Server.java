/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskCallBack;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContextCacheManager;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.apache.dolphinscheduler.plugin.task.api.parameters.ParametersNode;

/** 3.1. */
public final class Server extends ServerFrame {

    private final Map<String, String> logs = new ConcurrentHashMap<>();

    /** The logger's name lets a line in, and the thread's name tells whose it is. */
    @Override
    String logOf(ILoggingEvent event) {
        return event.getLoggerName().startsWith("TaskLogLogger")
                ? logs.get(event.getThreadName().split("=")[1].split("-getOutputLogService")[0])
                : null;
    }

    @Override
    void enter(TaskExecutionContext context) {}

    @Override
    void leave() {}

    @Override
    void enterName(Thread thread, TaskExecutionContext context) {
        thread.setName(context.getTaskLogName());
    }

    @Override
    TaskCallBack callBack() {
        return (id, information) -> {};
    }

    @Override
    boolean isExpanded(String value) {
        return value.startsWith("$");
    }

    @Override
    void kill(AbstractTask task, TaskExecutionContext context) {
        task.cancel();
        killTree(context.getProcessId());
    }

    @Override
    void complete(TaskExecutionContext context) {
        context.setStartTime(new Date());
        context.setEnvFile("/dev/null");
        context.setTaskLogName("taskAppId=TASK-1-7-" + context.getTaskInstanceId());
        context.setProcessInstanceId(7);
        context.setProcessDefineCode(1001L);
        context.setProcessDefineVersion(1);
        logs.put("TASK-1-7-" + context.getTaskInstanceId(), context.getLogPath());
        TaskExecutionContextCacheManager.cacheTaskExecutionContext(context);
    }

    @Override
    AbstractParameters parse(TaskChannel channel, String taskParams) {
        ParametersNode node = new ParametersNode();
        node.setTaskParams(taskParams);
        return channel.parseParameters(node);
    }

    @Override
    void setUpstream(AbstractParameters parameters) {
        parameters.setVarPool("[{\"prop\":\"upstream\",\"direct\":\"OUT\",\"type\":\"VARCHAR\",\"value\":\"kept\"}]");
    }

    @Override
    Iterable<Property> outputs(AbstractTask task, TaskExecutionContext context) {
        return task.getParameters().getVarPool();
    }
}
