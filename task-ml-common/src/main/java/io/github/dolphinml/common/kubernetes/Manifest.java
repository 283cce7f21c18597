/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.validate.Problems;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/** The objects of a text in YAML or JSON. Only nodes are composed of it: no text makes a Java object. */
public final class Manifest {

    private final List<ManifestDocument> documents;

    private Manifest(List<ManifestDocument> documents) {
        this.documents = Collections.unmodifiableList(documents);
    }

    /** The objects, in document order. */
    public List<ManifestDocument> documents() {
        return documents;
    }

    /**
     * Parses a text, then resolves the placeholders in its values.
     *
     * @param field the field that the text comes from
     * @param resolve returns the value of a placeholder, or the placeholder itself if it is unknown
     * @param problems takes the faults, each with its document, line and path
     */
    public static Manifest read(String field, String text, UnaryOperator<String> resolve, Problems problems) {
        return new Reader(field, new MaskedPlaceholders(text, resolve), problems).read();
    }

    /** One reading of a text. */
    private static final class Reader {

        private final String field;
        private final MaskedPlaceholders placeholders;
        private final Problems problems;
        private final List<ManifestDocument> documents = new ArrayList<>();
        private int number;

        private Reader(String field, MaskedPlaceholders placeholders, Problems problems) {
            this.field = field;
            this.placeholders = placeholders;
            this.problems = problems;
        }

        private Manifest read() {
            try {
                for (Node node : YamlNodes.of(placeholders.masked())) {
                    number++;
                    add(node);
                }
                if (documents.isEmpty() && !problems.any()) {
                    problems.add(field, "there is no object in it", "give at least one manifest");
                }
            } catch (MarkedYAMLException broken) {
                int line = broken.getProblemMark() == null
                        ? 1
                        : broken.getProblemMark().getLine() + 1;
                problems.add(
                        field, "line " + line + " is not YAML: " + original(broken.getProblem()), "correct the line");
            } catch (YAMLException refused) {
                problems.add(field, "it is not YAML: " + firstLine(original(refused.getMessage())), "correct it");
            }
            return new Manifest(documents);
        }

        private String original(String message) {
            return message == null ? "it cannot be read" : placeholders.original(message);
        }

        private static String firstLine(String text) {
            return text.split("\n", 2)[0].trim();
        }

        private void add(Node node) {
            boolean empty = node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
            if (empty) {
                number--;
                return;
            }
            NodeReader reader = new NodeReader(new Scalars(placeholders));
            try {
                JsonNode read = reader.read(node, "");
                if (!read.isObject()) {
                    throw new ManifestFault(NodeReader.line(node), "", "it is not an object");
                }
                addObject((ObjectNode) read, reader.lines(), NodeReader.line(node));
            } catch (ManifestFault fault) {
                refuse(fault.line(), fault.getMessage(), "correct it");
            }
        }

        private void addObject(ObjectNode object, Map<String, Integer> lines, int line) {
            if (object.path("kind").asText().endsWith("List")
                    && object.path("items").isArray()) {
                for (int index = 0; index < object.path("items").size(); index++) {
                    String item = "items[" + index + "]";
                    if (object.path("items").path(index).isObject()) {
                        addObject((ObjectNode) object.path("items").path(index), below(lines, item), lines.get(item));
                    } else {
                        refuse(lines.get(item), item + ": it is not an object", "correct it");
                    }
                }
                return;
            }
            ManifestDocument document = new ManifestDocument(number, object, lines);
            new DocumentCheck(this::refuse, document, line).check();
            documents.add(document);
        }

        private static Map<String, Integer> below(Map<String, Integer> lines, String item) {
            Map<String, Integer> own = new HashMap<>();
            lines.forEach((path, line) -> {
                if (path.startsWith(item + ".")) {
                    own.put(path.substring(item.length() + 1), line);
                }
            });
            return own;
        }

        private void refuse(int line, String wrong, String right) {
            problems.add(field, "document " + number + ", line " + line + ", " + wrong, right);
        }
    }
}
