/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.kubernetes.ManifestDocument;
import io.github.dolphinml.common.option.SecretReference;

/**
 * Secrets by reference in a manifest: a value of {@code stringData} of an object of kind Secret may name one. In other
 * objects the cluster would show the value to everybody who may read them.
 */
final class SecretData {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXTS = "stringData";

    private SecretData() {}

    /** The object of a document, with a reference as the program reads it for each value that names a secret. */
    static ObjectNode inRequest(ManifestDocument document) {
        ObjectNode object = document.object();
        JsonNode texts = object.path(TEXTS);
        if (document.kind().equals("Secret") && texts.isObject()) {
            ((ObjectNode) texts).fields().forEachRemaining(entry -> SecretReference.nameIn(entry.getValue())
                    .ifPresent(name -> entry.setValue(
                            JSON.valueToTree(SecretReference.inRequest(where(document, entry.getKey()), "", name)))));
        }
        return object;
    }

    private static String where(ManifestDocument document, String key) {
        return "yamlContent: document " + document.number() + ", " + TEXTS + "." + key;
    }
}
