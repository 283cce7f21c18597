/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContextCacheManager;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;

/** A node with its task instance, as a worker of 3.1 would be given it. */
public final class TestNode {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger NEXT_ID = new AtomicInteger((int) (System.nanoTime() & 0xffffff));

    private final ObjectNode fields = JSON.createObjectNode();
    private final Map<String, Property> prepared = new HashMap<>();
    private final Path directory;
    private final String type;
    private String tenant = System.getProperty("user.name");
    private String environmentConfig;

    private TestNode(String type, Path directory) {
        this.type = type;
        this.directory = directory;
        fields.putArray("localParams");
        fields.putArray("resourceList");
    }

    /**
     * A node without any field set.
     *
     * @param directory below which the task's working directory will be
     */
    public static TestNode of(String type, Path directory) {
        return new TestNode(type, directory);
    }

    /** Sets a field of the form. */
    public TestNode field(String name, Object value) {
        fields.set(name, JSON.valueToTree(value));
        return this;
    }

    /** Adds a custom parameter that goes in. */
    public TestNode in(String name, String value) {
        return parameter(name, Direct.IN, DataType.VARCHAR, value);
    }

    /** Adds a custom parameter that goes out. */
    public TestNode out(String name, DataType dataType) {
        return parameter(name, Direct.OUT, dataType, "");
    }

    private TestNode parameter(String name, Direct direct, DataType dataType, String value) {
        Property property = new Property(name, direct, dataType, value);
        fields.withArray("localParams").add(JSON.valueToTree(property));
        if (direct == Direct.IN) {
            prepared.put(name, property);
        }
        return this;
    }

    /** Adds a parameter that the master has computed, for instance a global one. */
    public TestNode global(String name, String value) {
        prepared.put(name, new Property(name, Direct.IN, DataType.VARCHAR, value));
        return this;
    }

    /** Runs the task as another user than this process's. */
    public TestNode tenant(String name) {
        tenant = name;
        return this;
    }

    /** The text of the DolphinScheduler environment that the node has chosen. */
    public TestNode environment(String shellText) {
        environmentConfig = shellText;
        return this;
    }

    /** The task instance; its working directory exists. */
    public TaskExecutionContext context() {
        int id = NEXT_ID.incrementAndGet();
        TaskExecutionContext context = new TaskExecutionContext();
        context.setTaskInstanceId(id);
        context.setTaskName("a task");
        context.setTaskType(type);
        context.setTaskAppId("7_" + id);
        context.setTaskLogName("taskAppId=TASK-1-7-" + id);
        context.setProcessInstanceId(7);
        context.setTaskParams(fields.toString());
        context.setTenantCode(tenant);
        context.setEnvironmentConfig(environmentConfig);
        context.setPrepareParamsMap(prepared);
        context.setStartTime(new Date());
        context.setTaskTimeout(Integer.MAX_VALUE);
        context.setExecutePath(workingDirectory(id));
        context.setEnvFile("/dev/null");
        TaskExecutionContextCacheManager.cacheTaskExecutionContext(context);
        return context;
    }

    private String workingDirectory(int id) {
        Path path = directory.resolve("project/1001_1/7").resolve(Integer.toString(id));
        try {
            Files.createDirectories(path);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return path.toString();
    }
}
