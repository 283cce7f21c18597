/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.model.ResourceInfo;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;

/**
 * A task's JSON as the form sent it, nothing checked but what the API server needs. Keys that nobody knows are kept,
 * because a form may send them and an option may be read from them.
 */
public abstract class MlParameters extends AbstractParameters {

    private static final ObjectMapper JSON = new ObjectMapper()
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .configure(DeserializationFeature.ACCEPT_EMPTY_STRING_AS_NULL_OBJECT, true)
            .configure(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL, true);

    private JsonNode fields = MissingNode.getInstance();
    private List<ResourceInfo> resources = new ArrayList<>();
    private String fault;

    /**
     * Fills new parameters from a task's JSON. Invalid JSON is remembered and reported when the task runs:
     * DolphinScheduler expects parameters from every task, also from one that cannot run.
     */
    public static <P extends MlParameters> P read(String json, P parameters) {
        MlParameters filled = parameters;
        try {
            JsonNode tree = JSON.readTree(json == null ? "" : json);
            if (tree == null || !tree.isObject()) {
                filled.fault = "it is not a JSON object";
                return parameters;
            }
            filled.fields = tree;
            filled.localParams = list(tree.path("localParams"), Property.class);
            filled.resources = list(tree.path("resourceList"), ResourceInfo.class);
        } catch (JsonProcessingException broken) {
            filled.fault = "it is not valid JSON: " + broken.getOriginalMessage();
        }
        return parameters;
    }

    private static <T> List<T> list(JsonNode array, Class<T> type) throws JsonProcessingException {
        List<T> items = new ArrayList<>();
        for (JsonNode item : array) {
            if (item.isObject()) {
                items.add(JSON.treeToValue(item, type));
            }
        }
        return items;
    }

    /** Why the JSON could not be read, if it could not. */
    public final Optional<String> fault() {
        return Optional.ofNullable(fault);
    }

    /** A field's text as it was sent; empty if it is absent or null. What is not a text has its JSON form. */
    public final Optional<String> field(String name) {
        JsonNode value = fields.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        return Optional.of(value.isTextual() ? value.textValue() : value.toString());
    }

    /** All fields that are texts, as they were sent. */
    final Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        fields.fields().forEachRemaining(field -> {
            if (field.getValue().isTextual()) {
                texts.put(field.getKey(), field.getValue().textValue());
            }
        });
        return texts;
    }

    /** Whether a field has something else than blanks in it. */
    protected final boolean isGiven(String name) {
        return field(name).filter(value -> !value.trim().isEmpty()).isPresent();
    }

    @Override
    public final List<ResourceInfo> getResourceFilesList() {
        return resources;
    }
}
