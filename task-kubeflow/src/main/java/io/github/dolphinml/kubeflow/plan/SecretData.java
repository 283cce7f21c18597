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
 * References to secrets in a manifest. Only values of {@code stringData} in objects of kind Secret may refer to one: in
 * other objects, the cluster would show the value to everyone who may read them.
 */
final class SecretData {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXTS = "stringData";

    private SecretData() {}

    /** Returns the object of a document, in which each value that names a secret is a reference in the form of the request. */
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
