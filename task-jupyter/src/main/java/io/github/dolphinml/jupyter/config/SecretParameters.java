package io.github.dolphinml.jupyter.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.option.SecretNames;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Which of a notebook's parameters are secret: by their names, or because the node lists them. */
final class SecretParameters {

    private final List<String> names = new ArrayList<>();
    private final List<String> values = new ArrayList<>();

    /**
     * @param listed the names that the node lists
     */
    SecretParameters(ObjectNode parameters, SecretNames secretNames, List<String> listed) {
        parameters.fields().forEachRemaining(entry -> {
            boolean secret = listed.contains(entry.getKey()) || secretNames.matches(entry.getKey());
            if (secret) {
                names.add(entry.getKey());
            }
            collect(entry.getValue(), secret, secretNames);
        });
    }

    /** A secret object makes all texts in it secret, and an object may hold a secret under a name of its own. */
    private void collect(JsonNode value, boolean secret, SecretNames secretNames) {
        if (value.isObject()) {
            value.fields()
                    .forEachRemaining(entry ->
                            collect(entry.getValue(), secret || secretNames.matches(entry.getKey()), secretNames));
        } else if (value.isArray()) {
            value.forEach(item -> collect(item, secret, secretNames));
        } else if (secret && !value.isNull() && !value.isBoolean()) {
            values.add(value.asText());
        }
    }

    /** The names of the secret parameters. */
    List<String> names() {
        return Collections.unmodifiableList(names);
    }

    /** Their values as texts, and those of secret members of other parameters. */
    List<String> values() {
        return Collections.unmodifiableList(values);
    }
}
