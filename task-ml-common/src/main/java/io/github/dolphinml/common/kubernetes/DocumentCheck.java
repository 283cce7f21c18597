/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.dolphinml.common.validate.Problems;

/** Checks what every object of Kubernetes has: a version, a kind and a name that can stand in an argument list. */
final class DocumentCheck {

    private static final String VERSION = "([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?v[a-z0-9]+";
    private static final String KIND = "[A-Z][A-Za-z0-9]*";
    /** Of a name the server knows more; roles may have colons in theirs. */
    private static final String NAME = "[a-z0-9]([a-zA-Z0-9.:_-]*[a-zA-Z0-9])?";

    private static final int LONGEST_NAME = 253;

    private final Refusal refusal;
    private final ManifestDocument document;
    private final int line;

    /**
     * @param line of the document, for what is missing in it
     */
    DocumentCheck(Refusal refusal, ManifestDocument document, int line) {
        this.refusal = refusal;
        this.document = document;
        this.line = line;
    }

    /** Takes what is wrong. */
    interface Refusal {

        void refuse(int line, String wrong, String right);
    }

    void check() {
        JsonNode object = document.object();
        text(object, "apiVersion", VERSION, "give one as in kubeflow.org/v1");
        text(object, "kind", KIND, "give one as in PyTorchJob");
        JsonNode metadata = object.path("metadata");
        if (metadata.path("generateName").isTextual() && !metadata.has("name")) {
            refusal.refuse(
                    line("metadata.generateName"),
                    "metadata.generateName: a retry cannot find an object whose name the server generates",
                    "give metadata.name, for instance with ${system.workflow.instance.id} in it");
            return;
        }
        text(metadata, "metadata.name", NAME, "use lower case letters, digits and '-'");
        if (metadata.has("namespace")) {
            text(metadata, "metadata.namespace", Namespaces.NAME, Namespaces.RIGHT);
        }
        for (String key : new String[] {"labels", "annotations"}) {
            JsonNode value = metadata.path(key);
            if (!value.isMissingNode() && !value.isNull() && !value.isObject()) {
                String path = "metadata." + key;
                refusal.refuse(line(path), path + ": it is not a map of keys to texts", "give it as in {key: value}");
            }
        }
    }

    private void text(JsonNode parent, String path, String pattern, String right) {
        JsonNode value = parent.path(path.substring(path.lastIndexOf('.') + 1));
        if (value.isMissingNode() || value.isNull()) {
            refusal.refuse(line(path), path + ": it is missing", right);
        } else if (!value.isTextual()) {
            refusal.refuse(line(path), path + ": " + value + " is not a text", "put it in quotes");
        } else if (!value.textValue().matches(pattern) || value.textValue().length() > LONGEST_NAME) {
            refusal.refuse(line(path), path + ": " + Problems.shown(value.textValue()) + " is not valid", right);
        }
    }

    private int line(String path) {
        return document.lines().getOrDefault(path, line);
    }
}
