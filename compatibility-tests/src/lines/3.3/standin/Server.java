package standin;

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
        return task.getParameters().getVarPool();
    }

    @Override
    void kill(AbstractTask task, TaskExecutionContext context) {
        task.cancel();
    }

    @Override
    void complete(TaskExecutionContext context) {
        context.setStartTime(System.currentTimeMillis());
        context.setWorkflowInstanceId(7);
        context.setWorkflowDefinitionCode(1001L);
        context.setWorkflowDefinitionVersion(1);
    }
}
