/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/** The values of objects that no log may show. */
public final class ManifestSecrets {

    /** The keys of a kubeconfig's user whose values let their reader in; a client's certificate does not. */
    private static final List<String> CREDENTIALS = Arrays.asList(
            "token", "password", "client-key-data", "id-token", "refresh-token", "client-secret", "access-token");

    private ManifestSecrets() {}

    /** The values of all objects of kind Secret, as they are written and decoded. */
    public static Set<String> of(Manifest manifest) {
        Set<String> values = new LinkedHashSet<>();
        for (ManifestDocument document : manifest.documents()) {
            if (document.kind().equals("Secret")) {
                ObjectNode object = document.object();
                object.path("stringData").forEach(value -> values.add(value.asText()));
                object.path("data").forEach(value -> {
                    values.add(value.asText());
                    decoded(value.asText(), values);
                });
            }
        }
        values.remove("");
        return values;
    }

    private static void decoded(String text, Set<String> values) {
        try {
            values.add(new String(Base64.getMimeDecoder().decode(text), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException notBase64) {
            // The API server will say so.
            values.remove("");
        }
    }

    /** The credentials in a kubeconfig; kubectl says what is wrong with one that cannot be read. */
    public static Set<String> ofKubeconfig(String yaml) {
        Set<String> values = new LinkedHashSet<>();
        MaskedPlaceholders text = new MaskedPlaceholders("", UnaryOperator.identity());
        try {
            for (Node document : YamlNodes.of(yaml)) {
                collect(new NodeReader(new Scalars(text)).read(document, ""), values);
            }
        } catch (YAMLException | ManifestFault unreadable) {
            return values;
        }
        values.remove("");
        return values;
    }

    private static void collect(JsonNode node, Set<String> values) {
        if (node.isArray()) {
            node.forEach(item -> collect(item, values));
        }
        node.fields().forEachRemaining(entry -> {
            if (CREDENTIALS.contains(entry.getKey()) && entry.getValue().isValueNode()) {
                values.add(entry.getValue().asText());
            }
            collect(entry.getValue(), values);
        });
    }
}
