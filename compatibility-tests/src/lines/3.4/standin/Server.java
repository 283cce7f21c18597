/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;

/** 3.4. */
public final class Server extends ContextServer {

    @Override
    AbstractParameters parse(TaskChannel channel, String taskParams) {
        return channel.parseParameters(taskParams);
    }

    @Override
    void setUpstream(AbstractParameters parameters) {
        parameters.setVarPool(new ArrayList<>(
                Collections.singletonList(new Property("upstream", Direct.OUT, DataType.VARCHAR, "kept"))));
    }

    /** An output overrides the value of an existing IN parameter; it does not become a parameter by itself. */
    @Override
    void addUpstreamAndLocal(
            Map<String, Property> parameters, Map<String, Property> upstream, Map<String, Property> local) {
        parameters.putAll(local);
        upstream.forEach((name, output) -> {
            Property parameter = parameters.get(name);
            if (parameter != null && parameter.getDirect() == Direct.IN) {
                parameter.setValue(output.getValue());
            }
        });
    }

    @Override
    Iterable<Property> outputs(AbstractTask task, TaskExecutionContext context) {
        return context.getVarPool() == null ? Collections.emptyList() : context.getVarPool();
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
