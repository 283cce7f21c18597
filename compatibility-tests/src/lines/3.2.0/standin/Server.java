/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContextCacheManager;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.apache.dolphinscheduler.plugin.task.api.parameters.ParametersNode;

/** 3.2.0. */
public final class Server extends ContextServer {

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

    @Override
    void kill(AbstractTask task, TaskExecutionContext context) {
        killTree(context.getProcessId());
        task.cancel();
    }

    @Override
    void complete(TaskExecutionContext context) {
        context.setStartTime(System.currentTimeMillis());
        context.setProcessInstanceId(7);
        context.setProcessDefineCode(1001L);
        context.setProcessDefineVersion(1);
        TaskExecutionContextCacheManager.cacheTaskExecutionContext(context);
    }
}
