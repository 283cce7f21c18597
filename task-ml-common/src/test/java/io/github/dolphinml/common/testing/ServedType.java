/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

import java.util.ServiceLoader;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.apache.dolphinscheduler.plugin.task.api.parameters.ParametersNode;

/** A task type as the servers of DolphinScheduler find it and ask it about a node. */
public final class ServedType {

    private final TaskChannelFactory factory;
    private final TaskChannel channel;

    private ServedType(TaskChannelFactory factory) {
        this.factory = factory;
        channel = factory.create();
    }

    /** The factory on the class path that serves this type under its name in the forms and in its identity. */
    public static ServedType of(String name) {
        for (TaskChannelFactory factory : ServiceLoader.load(TaskChannelFactory.class)) {
            if (factory.getName().equals(name)
                    && factory.getIdentify().getName().equals(name)) {
                return new ServedType(factory);
            }
        }
        throw new AssertionError("nothing serves " + name);
    }

    /** That of the stock plugins is 0; the highest is taken. */
    public int priority() {
        return factory.getIdentify().getPriority();
    }

    /** What the API server and the master make of a node's JSON. */
    public AbstractParameters parse(String json) {
        return channel.parseParameters(ParametersNode.builder()
                .taskType(factory.getName())
                .taskParams(json)
                .build());
    }
}
