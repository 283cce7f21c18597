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

/** Finds the secret parameters of a notebook: those with secret names, and those that the node lists. */
final class SecretParameters {

    private static final Pattern PASSWORD = Pattern.compile("://[^/@\\s:]*:([^/@\\s]+)@");

    private final Set<String> names = new LinkedHashSet<>();
    private final List<String> values = new ArrayList<>();

    /**
     * @param others parameters among the further options of papermill; the program itself finds the secrets in YAML
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

    /** Adds a secret value; a reference holds only the name of a secret, which may be shown. */
    private void addValue(String text) {
        if (!SecretReference.nameIn(text).isPresent()) {
            values.add(text);
        }
    }

    /** Collects the secret values: all those in a secret object, and those under secret names in other objects. */
    private void collect(JsonNode value, boolean secret, SecretNames secretNames) {
        if (SecretReference.isInRequest(value)) {
            // A secret's name may be shown, and the worker does not know its value.
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

    /** Adds the password in an address, if there is one. */
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

    /** The values to mask: those of secret parameters, of secret members of other parameters, and passwords in addresses. */
    List<String> values() {
        return Collections.unmodifiableList(values);
    }
}
