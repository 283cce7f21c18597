/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;

/** 3.3. */
public final class Server extends ContextServer {

    @Override
    AbstractParameters parse(TaskChannel channel, String taskParams) {
        return channel.parseParameters(taskParams);
    }

    @Override
    void setUpstream(AbstractParameters parameters) {
        parameters.setVarPool("[{\"prop\":\"upstream\",\"direct\":\"OUT\",\"type\":\"VARCHAR\",\"value\":\"kept\"}]");
    }

    @Override
    Iterable<Property> outputs(AbstractTask task, TaskExecutionContext context) {
        // The stock plugins of this line leave it empty.
        return context.getVarPool() == null ? Collections.emptyList() : pool(context.getVarPool());
    }

    private static List<Property> pool(String json) {
        try {
            return Arrays.asList(new ObjectMapper().readValue(json, Property[].class));
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException(broken);
        }
    }

    @Override
    void kill(AbstractTask task, TaskExecutionContext context) {
        task.cancel();
    }

    @Override
    String layout(TaskExecutionContext context) {
        return "exec/process/" + context.getTaskInstanceId();
    }

    @Override
    void complete(TaskExecutionContext context) {
        context.setStartTime(System.currentTimeMillis());
        context.setWorkflowInstanceId(7);
        context.setWorkflowDefinitionCode(1001L);
        context.setWorkflowDefinitionVersion(1);
    }
}
