/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Turns the scalars of a document into JSON values, with placeholders resolved in them. */
final class Scalars {

    private static final JsonNodeFactory JSON = JsonNodeFactory.withExactBigDecimals(true);

    private static final int BINARY = 2;
    private static final int OCTAL = 8;
    private static final int HEXADECIMAL = 16;

    private final KubernetesResolver resolver = new KubernetesResolver();
    private final MaskedPlaceholders placeholders;

    Scalars(MaskedPlaceholders placeholders) {
        this.placeholders = placeholders;
    }

    /** A key as it was written. */
    String key(ScalarNode scalar) {
        return placeholders.original(scalar.getValue());
    }

    /**
     * A value. A plain scalar with a placeholder is what its resolved text is: {@code replicas: ${n}} a number.
     *
     * @throws IllegalArgumentException if JSON has no such value; the message continues a sentence about it
     */
    JsonNode value(ScalarNode scalar) {
        String text = placeholders.resolved(scalar.getValue());
        boolean typedByText = scalar.isPlain() && placeholders.isIn(scalar.getValue());
        Tag tag = typedByText ? resolver.resolve(NodeId.scalar, text, true) : scalar.getTag();
        if (tag.equals(Tag.STR) || tag.equals(Tag.MERGE)) {
            return JSON.textNode(text);
        }
        if (tag.equals(Tag.NULL)) {
            return JSON.nullNode();
        }
        if (tag.equals(Tag.BOOL)) {
            return JSON.booleanNode(text.matches("(?i)yes|true|on"));
        }
        if (tag.equals(Tag.INT)) {
            return JSON.numberNode(whole(text));
        }
        if (tag.equals(Tag.FLOAT)) {
            return decimal(text);
        }
        throw new IllegalArgumentException("the tag " + tag + " has no meaning in a manifest");
    }

    private static BigInteger whole(String text) {
        String digits = text.replace("_", "").toLowerCase(Locale.ROOT);
        boolean negative = digits.startsWith("-");
        digits = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(1) : digits;
        BigInteger number;
        if (digits.startsWith("0x")) {
            number = new BigInteger(digits.substring(2), HEXADECIMAL);
        } else if (digits.startsWith("0b")) {
            number = new BigInteger(digits.substring(2), BINARY);
        } else if (digits.startsWith("0") && digits.length() > 1) {
            number = new BigInteger(digits.replaceFirst("^0o?", ""), OCTAL);
        } else {
            number = new BigInteger(digits);
        }
        return negative ? number.negate() : number;
    }

    private static JsonNode decimal(String text) {
        try {
            return JSON.numberNode(new BigDecimal(text.replace("_", "")));
        } catch (NumberFormatException notFinite) {
            throw new IllegalArgumentException("Kubernetes objects are JSON, which has no " + text);
        }
    }
}
