/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Turns the nodes of one document into JSON and notes the line of each value by its path. */
final class NodeReader {

    /** More than any manifest has that an API server takes; aliases can blow up a small text beyond. */
    private static final int MOST_VALUES = 100_000;

    private final Scalars scalars;
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final Deque<Node> open = new ArrayDeque<>();
    private int values;

    NodeReader(Scalars scalars) {
        this.scalars = scalars;
    }

    /** The line of each value, counted from 1, by its path as in {@code spec.containers[0].image}. */
    Map<String, Integer> lines() {
        return lines;
    }

    /** The line of a node, counted from 1. */
    static int line(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    /**
     * The JSON of a node.
     *
     * @throws ManifestFault if JSON or Kubernetes has no such value
     */
    JsonNode read(Node node, String path) {
        lines.put(path, line(node));
        if (++values > MOST_VALUES) {
            throw new ManifestFault(line(node), path, "there are more than " + MOST_VALUES + " values");
        }
        if (node instanceof ScalarNode) {
            return scalar((ScalarNode) node, path);
        }
        for (Node outer : open) {
            if (outer == node) {
                throw new ManifestFault(line(node), path, "an alias refers to a value that contains it");
            }
        }
        open.push(node);
        JsonNode read =
                node instanceof MappingNode ? mapping((MappingNode) node, path) : sequence((SequenceNode) node, path);
        open.pop();
        return read;
    }

    private JsonNode scalar(ScalarNode node, String path) {
        try {
            return scalars.value(node);
        } catch (IllegalArgumentException refused) {
            throw new ManifestFault(line(node), path, refused.getMessage());
        }
    }

    private ArrayNode sequence(SequenceNode node, String path) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (Node item : node.getValue()) {
            array.add(read(item, path + "[" + array.size() + "]"));
        }
        return array;
    }

    private ObjectNode mapping(MappingNode node, String path) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        ObjectNode merged = JsonNodeFactory.instance.objectNode();
        for (NodeTuple entry : node.getValue()) {
            if (entry.getKeyNode().getTag().equals(Tag.MERGE)) {
                merge(entry.getValueNode(), path, merged);
                continue;
            }
            String key = key(entry.getKeyNode(), path);
            if (object.has(key)) {
                throw new ManifestFault(line(entry.getKeyNode()), path, "the key " + key + " is there twice");
            }
            object.set(key, read(entry.getValueNode(), child(path, key)));
            lines.put(child(path, key), line(entry.getKeyNode()));
        }
        merged.fields().forEachRemaining(entry -> {
            if (!object.has(entry.getKey())) {
                object.set(entry.getKey(), entry.getValue());
            }
        });
        return object;
    }

    /** Of several mappings to merge the first counts. */
    private void merge(Node source, String path, ObjectNode merged) {
        if (source instanceof SequenceNode) {
            ((SequenceNode) source).getValue().forEach(each -> merge(each, path, merged));
        } else if (source instanceof MappingNode) {
            read(source, path).fields().forEachRemaining(entry -> {
                if (!merged.has(entry.getKey())) {
                    merged.set(entry.getKey(), entry.getValue());
                }
            });
        } else {
            throw new ManifestFault(line(source), path, "<< takes an alias of a mapping");
        }
    }

    private String key(Node node, String path) {
        if (!(node instanceof ScalarNode)) {
            throw new ManifestFault(line(node), path, "a key has to be a text");
        }
        return scalars.key((ScalarNode) node);
    }

    private static String child(String path, String key) {
        if (!key.matches("[A-Za-z0-9_-]+")) {
            return path + "[" + key + "]";
        }
        return path.isEmpty() ? key : path + "." + key;
    }
}
