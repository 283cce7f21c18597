/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
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

    private static final ObjectMapper JSON = new ObjectMapper();

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

    /**
     * From 3.3 on the worker reports what the context holds, and no longer what the parameters hold: as JSON at first, and
     * later as a list. Earlier workers put the parameters' pool in its place.
     */
    private static void publishByContext(List<Property> pool, TaskExecutionContext context) {
        try {
            for (Method method : context.getClass().getMethods()) {
                if (method.getName().equals("setVarPool") && method.getParameterCount() == 1) {
                    Class<?> type = method.getParameterTypes()[0];
                    if (type == String.class) {
                        method.invoke(context, JSON.writeValueAsString(pool));
                    } else if (type == List.class) {
                        method.invoke(context, pool);
                    }
                }
            }
        } catch (JsonProcessingException | IllegalAccessException | InvocationTargetException failed) {
            throw new IllegalStateException("The outputs could not be passed to DolphinScheduler", failed);
        }
    }
}
