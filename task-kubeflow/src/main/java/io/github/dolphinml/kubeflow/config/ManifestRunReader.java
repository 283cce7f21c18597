/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.kubernetes.Manifest;
import io.github.dolphinml.common.kubernetes.Namespaces;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.validate.Problems;
import java.util.Optional;

/** Reads and validates the form of a KUBEFLOW node. */
public final class ManifestRunReader {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String NAMESPACE = "namespace";

    private final Node node;
    private final Problems problems;

    /** Creates a reader for one node. Faults are added to the node's problems. */
    public ManifestRunReader(Node node) {
        this.node = node;
        this.problems = node.problems();
    }

    /** Returns the run that the node requests. Use it only if the node has no faults. */
    public ManifestRun read() {
        OptionValues options = node.options(KubeflowOptions.CATALOGUE);
        return new ManifestRun(
                manifest(),
                namespace(),
                node.takeKubeconfig().orElse(null),
                NodeEnvironment.of(
                        "kubeflow.environment",
                        options.find(KubeflowOptions.ENVIRONMENT).orElse(""),
                        node),
                options);
    }

    private Manifest manifest() {
        String text = node.freeText("yamlContent").orElse("");
        return Manifest.read("yamlContent", text, node.placeholders()::resolve, problems);
    }

    /** Reads the namespace. The form sends a string with a JSON object in it; other clients may send just the name. */
    private String namespace() {
        String raw = node.freeText(NAMESPACE).map(String::trim).orElse("");
        String name = raw.startsWith("{") ? nameIn(raw).orElse("") : raw;
        node.placeholders().unresolved(name).forEach(missing -> problems.addUnresolved(NAMESPACE, missing));
        String resolved = node.placeholders().resolve(name).trim();
        if (resolved.isEmpty()) {
            if (!name.trim().isEmpty()) {
                // The kubeconfig's namespace is not the one that the node means.
                problems.add(
                        NAMESPACE, Problems.shown(name) + " has an empty value", "give it the name of a namespace");
            }
            return null;
        }
        if (!resolved.matches(Namespaces.NAME)) {
            problems.add(NAMESPACE, Problems.shown(resolved) + " is not the name of a namespace", Namespaces.RIGHT);
        }
        return resolved;
    }

    private Optional<String> nameIn(String json) {
        try {
            JsonNode name = JSON.readTree(json).path("name");
            if (name.isMissingNode() || name.isNull()) {
                return Optional.empty();
            }
            return Optional.of(name.isTextual() ? name.textValue() : name.toString());
        } catch (JsonProcessingException broken) {
            problems.add(
                    NAMESPACE, "it is not valid JSON: " + broken.getOriginalMessage(), "choose the namespace again");
            return Optional.empty();
        }
    }
}
