/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.dolphinml.common.ds.TaskLog;
import io.github.dolphinml.common.ds.VarPool;
import io.github.dolphinml.common.option.CommonOptions;
import io.github.dolphinml.common.output.OutputParameters;
import io.github.dolphinml.common.output.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;

/** Hands a report's outputs to the tasks after this one, declared by the node or not. */
final class OutputPublisher {

    private final Node node;
    private final MlParameters parameters;
    private final TaskExecutionContext context;
    private final TaskLog log;

    OutputPublisher(Node node, MlParameters parameters, TaskExecutionContext context, TaskLog log) {
        this.node = node;
        this.parameters = parameters;
        this.context = context;
        this.log = log;
    }

    /** Publishes the outputs and returns the report, or a failure if an output is too large. */
    Report publish(Report report) {
        long limit = node.options(CommonOptions.OUTPUT).get(CommonOptions.OUTPUT_LIMIT);
        List<String> tooLarge = OutputParameters.tooLarge(report.outputs(), limit);
        if (!tooLarge.isEmpty()) {
            return Report.failure(String.join("\n", tooLarge));
        }
        Map<String, Property> declared = node.declaredOutputs();
        List<Property> properties = new ArrayList<>();
        report.outputs().forEach((name, value) -> properties.add(property(name, value, declared.get(name))));
        declared.forEach((name, property) -> {
            boolean hasDefault =
                    property.getValue() != null && !property.getValue().isEmpty();
            if (!report.outputs().containsKey(name) && hasDefault) {
                properties.add(
                        output(name, property.getType(), node.placeholders().resolve(property.getValue())));
            }
        });
        VarPool.publish(properties, parameters, context);
        return report;
    }

    private Property property(String name, JsonNode value, Property declared) {
        String text = OutputParameters.text(value);
        DataType type = declared == null || declared.getType() == null ? DataType.VARCHAR : declared.getType();
        if (!OutputParameters.fits(type.name(), text)) {
            log.warn("The output parameter " + name + " is declared as " + type + ", and its value is " + text
                    + "; it is passed on as it is.");
        }
        return output(name, type, text);
    }

    private static Property output(String name, DataType type, String text) {
        Property property = new Property();
        property.setProp(name);
        property.setDirect(Direct.OUT);
        property.setType(type);
        property.setValue(text);
        return property;
    }
}
