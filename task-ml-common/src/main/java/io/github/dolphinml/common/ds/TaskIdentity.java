/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** Which task instance of which workflow this is, as far as the DolphinScheduler line says. */
public final class TaskIdentity {

    private final TaskExecutionContext context;

    /** Reads the context on demand, never before. */
    public TaskIdentity(TaskExecutionContext context) {
        this.context = context;
    }

    /** Names and ids by the keys of {@code request.json}; what the line does not say is absent. */
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("type", context.getTaskType());
        facts.put("name", context.getTaskName());
        facts.put("instanceId", context.getTaskInstanceId());
        put(facts, "host", "getHost");
        put(facts, "tenant", "getTenantCode");
        put(facts, "projectCode", "getProjectCode");
        put(facts, "workflowCode", "getProcessDefineCode", "getWorkflowDefinitionCode");
        put(facts, "workflowVersion", "getProcessDefineVersion", "getWorkflowDefinitionVersion");
        putWorkflowInstance(facts);
        putParameter(facts, "projectName", "system.project.name");
        putParameter(facts, "workflowName", "system.workflow.definition.name");
        fromExecutePath(facts);
        facts.values().removeIf(value -> value == null || "0".equals(value.toString()));
        return facts;
    }

    /** What all runs of this task in this workflow instance have in common; empty where the line does not say. */
    public Optional<String> runKey() {
        Map<String, Object> facts = facts();
        return Optional.ofNullable(facts.get("workflowInstanceId")).map(instance -> instance + "/" + facts.get("name"));
    }

    /** The id of the workflow instance; empty where the line does not say. */
    Optional<String> workflowInstance() {
        Map<String, Object> facts = new LinkedHashMap<>();
        putWorkflowInstance(facts);
        fromExecutePath(facts);
        return Optional.ofNullable(facts.get("workflowInstanceId"))
                .map(Object::toString)
                .filter(id -> !id.equals("0"));
    }

    private void putWorkflowInstance(Map<String, Object> facts) {
        put(facts, "workflowInstanceId", "getProcessInstanceId", "getWorkflowInstanceId");
    }

    private void put(Map<String, Object> facts, String key, String... getters) {
        Arrays.stream(getters)
                .map(this::read)
                .filter(Optional::isPresent)
                .findFirst()
                .ifPresent(value -> facts.put(key, value.get()));
    }

    /** What only later lines tell, as a built-in parameter. */
    private void putParameter(Map<String, Object> facts, String key, String parameter) {
        Placeholders.of(context).find(parameter).ifPresent(property -> facts.put(key, property.getValue()));
    }

    private Optional<Object> read(String getter) {
        try {
            return Optional.ofNullable(context.getClass().getMethod(getter).invoke(context));
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException absent) {
            return Optional.empty();
        }
    }

    /** Up to 3.2 the working directory ends in project, definition_version, workflow instance, task instance. */
    private void fromExecutePath(Map<String, Object> facts) {
        String path = context.getExecutePath() == null ? "" : context.getExecutePath();
        List<String> parts = Arrays.asList(path.split("/"));
        int count = parts.size();
        if (count >= 4
                && parts.get(count - 3).matches("\\d+_\\d+")
                && parts.get(count - 4).matches("\\d+")) {
            facts.putIfAbsent("projectCode", parts.get(count - 4));
            facts.putIfAbsent("workflowCode", parts.get(count - 3).split("_")[0]);
            facts.putIfAbsent("workflowInstanceId", parts.get(count - 2));
        }
    }
}
