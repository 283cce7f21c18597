/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Set;

/** The values of objects that no log may show. */
public final class ManifestSecrets {

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
        }
    }
}
