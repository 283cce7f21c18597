/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContextCacheManager;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.parameters.ParametersNode;

/**
 * Runs one task of each type from its JSON to its end, with the classes of DolphinScheduler on the class path.
 *
 * <p>Arguments: a directory, and pairs of a task type and a file with the JSON of its node.
 */
public final class RunTasks {

    private RunTasks() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, TaskChannelFactory> factories = new HashMap<>();
        for (TaskChannelFactory each : ServiceLoader.load(TaskChannelFactory.class)) {
            if (each.getClass().getName().startsWith("io.github.dolphinml.")) {
                factories.put(each.getName(), each);
            }
        }
        System.out.println("JAVA " + System.getProperty("java.specification.version"));
        for (int index = 1; index < arguments.length; index += 2) {
            String type = arguments[index];
            String json = new String(Files.readAllBytes(Paths.get(arguments[index + 1])), "UTF-8");
            TaskChannel channel = factories.get(type).create();
            boolean accepted = channel.parseParameters(
                            ParametersNode.builder().taskType(type).taskParams(json).build())
                    .checkParameters();
            AbstractTask task = channel.createTask(context(type, json, index, Paths.get(arguments[0])));
            task.init();
            task.handle(null);
            System.out.println("ENDED " + type + " " + accepted + " " + task.getExitStatus().name());
        }
        System.exit(0);
    }

    private static TaskExecutionContext context(String type, String json, int id, Path directory) throws Exception {
        TaskExecutionContext context = new TaskExecutionContext();
        context.setTaskInstanceId(id);
        context.setTaskName("a task");
        context.setTaskType(type);
        context.setTaskAppId("7_" + id);
        context.setTaskLogName("taskAppId=TASK-1-7-" + id);
        context.setProcessInstanceId(7);
        context.setTaskParams(json);
        context.setTenantCode(System.getProperty("user.name"));
        Map<String, Property> prepared = new HashMap<>();
        prepared.put("greeting", new Property("greeting", Direct.IN, DataType.VARCHAR, "it's ${here}"));
        context.setPrepareParamsMap(prepared);
        context.setStartTime(new Date());
        context.setTaskTimeout(Integer.MAX_VALUE);
        context.setExecutePath(Files.createDirectories(directory.resolve("project/1001_1/7/" + id)).toString());
        context.setEnvFile("/dev/null");
        TaskExecutionContextCacheManager.cacheTaskExecutionContext(context);
        return context;
    }
}
