/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.utils.ParameterUtils;

/**
 * Replaces DolphinScheduler's placeholders in a text: {@code ${name}} by the parameter's value, {@code $[expression]}
 * by the time that it means. A value is put in as it is and never looked at again, so a value that itself looks like a
 * placeholder stays what it is. Unknown names are left as they are.
 */
public final class Placeholders {

    /** Built in from 3.2 on; the context of a task has it on every line. */
    private static final String WORKFLOW_INSTANCE = "system.workflow.instance.id";

    private final Map<String, Property> parameters;
    private final Optional<Property> workflowInstance;

    private Placeholders(Map<String, Property> parameters, Optional<String> workflowInstance) {
        this.parameters = parameters;
        this.workflowInstance =
                workflowInstance.map(value -> new Property(WORKFLOW_INSTANCE, Direct.IN, DataType.VARCHAR, value));
    }

    /** The parameters that the master has computed for a task: global, local, upstream and built-in ones. */
    public static Placeholders of(TaskExecutionContext context) {
        Map<String, Property> prepared = context.getPrepareParamsMap();
        return new Placeholders(
                prepared == null ? new HashMap<>() : new HashMap<>(prepared),
                new TaskIdentity(context).workflowInstance());
    }

    /** The value of a parameter, empty if there is no parameter of this name. */
    public Optional<Property> find(String name) {
        Property given = parameters.get(name);
        if (given == null && name.equals(WORKFLOW_INSTANCE)) {
            return workflowInstance;
        }
        return Optional.ofNullable(given).filter(property -> property.getValue() != null);
    }

    /** All parameters by name. */
    public Map<String, Property> parameters() {
        return new HashMap<>(parameters);
    }

    /** The text with every known placeholder replaced. */
    public String resolve(String text) {
        return replaced(text, this::replacement);
    }

    /** The names of the parameters that a text refers to and that have no value, in order of appearance. */
    public Set<String> unresolved(String text) {
        Set<String> names = new LinkedHashSet<>();
        replaced(text, placeholder -> {
            if (placeholder.startsWith("${") && !find(name(placeholder)).isPresent()) {
                names.add(name(placeholder));
            }
            return placeholder;
        });
        return names;
    }

    private static String replaced(String text, UnaryOperator<String> replacement) {
        StringBuilder resolved = new StringBuilder();
        int position = 0;
        while (position < text.length()) {
            int end = placeholderEnd(text, position);
            if (end < 0) {
                resolved.append(text.charAt(position++));
            } else {
                resolved.append(replacement.apply(text.substring(position, end)));
                position = end;
            }
        }
        return resolved.toString();
    }

    /** The end of the placeholder that begins at a position, -1 if none begins there. */
    private static int placeholderEnd(String text, int position) {
        if (text.startsWith("${", position)) {
            return text.indexOf('}', position) + 1 > 0 ? text.indexOf('}', position) + 1 : -1;
        }
        if (text.startsWith("$[", position)) {
            return text.indexOf(']', position) + 1 > 0 ? text.indexOf(']', position) + 1 : -1;
        }
        return -1;
    }

    private String replacement(String placeholder) {
        return placeholder.startsWith("${")
                ? find(name(placeholder)).map(Property::getValue).orElse(placeholder)
                : time(placeholder);
    }

    private static String name(String placeholder) {
        return placeholder.substring(2, placeholder.length() - 1);
    }

    private String time(String placeholder) {
        Map<String, String> scheduled = new HashMap<>();
        find("system.datetime").ifPresent(datetime -> scheduled.put("system.datetime", datetime.getValue()));
        try {
            return ParameterUtils.convertParameterPlaceholders(placeholder, scheduled);
        } catch (RuntimeException noTime) {
            // Not an expression that DolphinScheduler knows, for instance a shell or JSON text that looks like one.
            return placeholder;
        }
    }
}
