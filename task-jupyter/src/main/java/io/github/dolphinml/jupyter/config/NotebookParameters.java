/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.dolphinml.common.ds.Placeholders;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.validate.HalfCharacter;
import io.github.dolphinml.common.validate.Problems;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads the form's {@code parameters}: a string with a JSON object. Types are kept as written. A placeholder
 * inside a JSON string is replaced in that string; one outside of strings, as in {@code {"C": ${C}}}, stands for a
 * JSON value: the parameter's value if that is JSON, else a string. No value can change the structure of the object.
 */
final class NotebookParameters {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
            .build();

    private final Placeholders placeholders;
    private final Problems problems;
    private final Map<String, JsonNode> values = new HashMap<>();

    NotebookParameters(Placeholders placeholders, Problems problems) {
        this.placeholders = placeholders;
        this.problems = problems;
    }

    /** Returns the parameters: none if the text is absent; none, with a fault, if it is not a JSON object. */
    ObjectNode read(Optional<String> text) {
        if (!text.isPresent()) {
            return JSON.createObjectNode();
        }
        try {
            JsonNode tree = JSON.readTree(withStandIns(text.get()));
            if (tree.isObject()) {
                ObjectNode parameters = (ObjectNode) resolved(tree);
                parameters.fields().forEachRemaining(entry -> checkRange(entry.getKey(), entry.getValue()));
                return parameters;
            }
            problems.add(
                    "parameters",
                    "a JSON " + tree.getNodeType().name().toLowerCase(Locale.ROOT) + " was given",
                    "use a JSON object, as in {\"C\": 1.0, \"kernel\": \"rbf\"}");
        } catch (JsonProcessingException broken) {
            problems.add(
                    "parameters",
                    "it is not valid JSON (" + reason(broken) + place(broken) + ")",
                    "use a JSON object, as in {\"C\": 1.0, \"kernel\": \"rbf\"}");
        }
        return JSON.createObjectNode();
    }

    /** Jackson's message without its advice to programmers. */
    private static String reason(JsonProcessingException broken) {
        return broken.getOriginalMessage()
                .replaceFirst("(?s)(: enable JsonParser| \\(not recognized as one since|: maybe a ).*", "");
    }

    /** Rejects numbers beyond the range of a double, which Python would read as infinity. */
    private void checkRange(String name, JsonNode value) {
        if (value.isFloatingPointNumber() && Double.isInfinite(value.doubleValue())) {
            problems.add(
                    "parameters",
                    Problems.shown(name) + " has a number that is too large",
                    "use one between -1.7e308 and 1.7e308, or a string");
        }
        value.forEach(item -> checkRange(name, item));
    }

    private static String place(JsonProcessingException broken) {
        return broken.getLocation() == null
                ? ""
                : ", line " + broken.getLocation().getLineNr() + ", column "
                        + broken.getLocation().getColumnNr();
    }

    /** Replaces each placeholder outside of strings with a unique JSON string. */
    private String withStandIns(String text) {
        StringBuilder json = new StringBuilder();
        boolean inString = false;
        int position = 0;
        while (position < text.length()) {
            char next = text.charAt(position);
            int end = inString || !text.startsWith("${", position) ? -1 : text.indexOf('}', position);
            if (end >= 0) {
                json.append(standIn(text.substring(position + 2, end)));
                position = end + 1;
            } else if (inString && next == '\\' && position + 1 < text.length()) {
                json.append(next).append(text.charAt(position + 1));
                position += 2;
            } else {
                inString = (next == '"') != inString;
                json.append(next);
                position++;
            }
        }
        return json.toString();
    }

    private String standIn(String name) {
        Optional<String> value = placeholders.find(name).map(property -> property.getValue());
        if (!value.isPresent()) {
            problems.addUnresolved("parameters", name);
        }
        String token = UUID.randomUUID().toString();
        values.put(token, valueOf(value.orElse("")));
        return "\"" + token + "\"";
    }

    private static JsonNode valueOf(String text) {
        try {
            JsonNode value = JSON.readTree(text);
            return value.isMissingNode() ? TextNode.valueOf(text) : value;
        } catch (JsonProcessingException noJson) {
            return TextNode.valueOf(text);
        }
    }

    private JsonNode resolved(JsonNode node) {
        // Before placeholders are replaced: a placeholder's value is data and cannot become a reference here.
        Optional<String> secret = SecretReference.nameIn(node);
        if (secret.isPresent()) {
            return reference(text(secret.get()));
        }
        if (node.isTextual()) {
            JsonNode value = values.get(node.textValue());
            return value == null ? TextNode.valueOf(text(node.textValue())) : referenceIn(value);
        }
        if (node.isArray()) {
            ArrayNode array = JSON.createArrayNode();
            node.forEach(item -> array.add(resolved(item)));
            return array;
        }
        if (node.isObject()) {
            ObjectNode object = JSON.createObjectNode();
            node.fields().forEachRemaining(entry -> object.set(text(entry.getKey()), resolved(entry.getValue())));
            return object;
        }
        return node;
    }

    /** Reads a reference in a parameter's value, which a global parameter may contain. */
    private static JsonNode referenceIn(JsonNode value) {
        return SecretReference.nameIn(value).map(NotebookParameters::reference).orElse(value);
    }

    private static JsonNode reference(String name) {
        return JSON.valueToTree(SecretReference.inRequest("parameters", "", name));
    }

    private String text(String written) {
        String resolved = placeholders.resolve(written);
        HalfCharacter.check("parameters", resolved, problems);
        return resolved;
    }
}
