/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One object of a manifest, with the name and kind that every object has. */
public final class ManifestDocument {

    private final int number;
    private final ObjectNode object;
    private final Map<String, Integer> lines;

    ManifestDocument(int number, ObjectNode object, Map<String, Integer> lines) {
        this.number = number;
        this.object = object;
        this.lines = Collections.unmodifiableMap(new LinkedHashMap<>(lines));
    }

    /** Which document of the manifest it is, counted from 1. */
    public int number() {
        return number;
    }

    /** A copy of the object. */
    public ObjectNode object() {
        return object.deepCopy();
    }

    /** The line of each value in the manifest, counted from 1, by its path as in {@code spec.containers[0].image}. */
    public Map<String, Integer> lines() {
        return lines;
    }

    /** As in {@code kubeflow.org/v1}. */
    public String apiVersion() {
        return object.path("apiVersion").asText();
    }

    /** As in {@code PyTorchJob}. */
    public String kind() {
        return object.path("kind").asText();
    }

    /** The object's name. */
    public String name() {
        return object.path("metadata").path("name").asText();
    }

    /** The namespace that the object itself names. */
    public Optional<String> namespace() {
        JsonNode namespace = object.path("metadata").path("namespace");
        return namespace.isTextual() ? Optional.of(namespace.textValue()) : Optional.empty();
    }
}
