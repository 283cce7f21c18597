/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.option.SecretNames;
import io.github.dolphinml.common.option.SecretReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which of a notebook's parameters are secret: by their names, or because the node lists them. */
final class SecretParameters {

    private static final Pattern PASSWORD = Pattern.compile("://[^/@\\s:]*:([^/@\\s]+)@");

    private final Set<String> names = new LinkedHashSet<>();
    private final List<String> values = new ArrayList<>();

    /**
     * @param others what further options of the papermill command give; the program finds the secrets in YAML
     * @param listed the names that the node lists
     */
    SecretParameters(ObjectNode parameters, TypedParameters others, SecretNames secretNames, List<String> listed) {
        others.values().forEach((name, value) -> {
            if (listed.contains(name) || secretNames.matches(name)) {
                names.add(name);
                addValue(value);
            }
        });
        parameters.fields().forEachRemaining(entry -> {
            boolean reference = SecretReference.isInRequest(entry.getValue());
            boolean secret = reference || listed.contains(entry.getKey()) || secretNames.matches(entry.getKey());
            if (secret) {
                names.add(entry.getKey());
            }
            collect(entry.getValue(), secret, secretNames);
        });
        names.addAll(listed);
    }

    /** The name of a secret may be read. */
    private void addValue(String text) {
        if (!SecretReference.nameIn(text).isPresent()) {
            values.add(text);
        }
    }

    /** A secret object makes all texts in it secret, and an object may hold a secret under a name of its own. */
    private void collect(JsonNode value, boolean secret, SecretNames secretNames) {
        if (SecretReference.isInRequest(value)) {
            // Its name may be read, and the worker never has its value.
            return;
        }
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

    /** Makes the password a secret that an address may hold. */
    void addPasswordOf(String address) {
        Matcher matcher = PASSWORD.matcher(address);
        while (matcher.find()) {
            values.add(matcher.group(1));
        }
    }

    /** The names of the secret parameters. */
    List<String> names() {
        return new ArrayList<>(names);
    }

    /** Their values as texts, those of secret members of other parameters, and passwords in addresses. */
    List<String> values() {
        return Collections.unmodifiableList(values);
    }
}
