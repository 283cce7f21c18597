package io.github.dolphinml.common.ds;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;

/**
 * Hands a task's outputs to the tasks after it. DolphinScheduler's own way reads them from log lines and cuts values
 * at {@code =} or {@code )} on 3.1; the pool itself takes any value.
 */
public final class VarPool {

    private VarPool() {}

    /** Puts the outputs into the pool; one that is there under the same name is replaced. */
    public static void publish(List<Property> outputs, AbstractParameters parameters, TaskExecutionContext context) {
        List<Property> pool = new ArrayList<>();
        if (parameters.varPool != null) {
            pool.addAll(parameters.varPool);
        }
        for (Property output : outputs) {
            pool.removeIf(known -> output.getProp().equals(known.getProp()));
            pool.add(output);
        }
        parameters.varPool = pool;
        publishByContext(pool, context);
    }

    /** From 3.3.1 the worker reports what the context holds, and no longer what the parameters hold. */
    private static void publishByContext(List<Property> pool, TaskExecutionContext context) {
        try {
            context.getClass().getMethod("setVarPool", List.class).invoke(context, pool);
        } catch (NoSuchMethodException earlierLine) {
            return;
        } catch (IllegalAccessException | InvocationTargetException failed) {
            throw new IllegalStateException("The outputs could not be handed to DolphinScheduler", failed);
        }
    }
}
