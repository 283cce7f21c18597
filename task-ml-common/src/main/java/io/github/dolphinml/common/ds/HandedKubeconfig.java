/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/**
 * The kubeconfig of the cluster that a node names, which DolphinScheduler 3.2 and later hand to the task types that they
 * know of. Left in the context, the worker's shell would write it to a file that everybody may read.
 */
public final class HandedKubeconfig {

    private final TaskExecutionContext context;

    /** The kubeconfig in a task's context. */
    public HandedKubeconfig(TaskExecutionContext context) {
        this.context = context;
    }

    /** Removes the kubeconfig from the context and returns it; empty if there is none. */
    public Optional<String> take() {
        try {
            Object cluster =
                    context.getClass().getMethod("getK8sTaskExecutionContext").invoke(context);
            if (cluster == null) {
                return Optional.empty();
            }
            Object yaml = cluster.getClass().getMethod("getConfigYaml").invoke(cluster);
            for (Method method : context.getClass().getMethods()) {
                if (method.getName().equals("setK8sTaskExecutionContext")) {
                    method.invoke(context, (Object) null);
                }
            }
            return Optional.ofNullable((String) yaml)
                    .filter(text -> !text.trim().isEmpty());
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException absent) {
            return Optional.empty();
        }
    }
}
