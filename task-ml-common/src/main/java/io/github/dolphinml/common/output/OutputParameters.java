/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.output;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Turns a program's outputs into strings for DolphinScheduler's parameters. A JSON string becomes its characters,
 * everything else its JSON text: {@code 0.97}, {@code true}, {@code [1,2]}.
 */
public final class OutputParameters {

    private static final Map<String, Pattern> PATTERNS = new LinkedHashMap<>();

    static {
        PATTERNS.put("INTEGER", Pattern.compile("[+-]?\\d+"));
        PATTERNS.put("LONG", Pattern.compile("[+-]?\\d+"));
        PATTERNS.put("FLOAT", Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?"));
        PATTERNS.put("DOUBLE", PATTERNS.get("FLOAT"));
        PATTERNS.put("BOOLEAN", Pattern.compile("true|false", Pattern.CASE_INSENSITIVE));
    }

    private OutputParameters() {}

    /** The text of a value. */
    public static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    /** Whether a text is a value of one of DolphinScheduler's data types; of a type not checked here, any text is. */
    public static boolean fits(String dataType, String text) {
        Pattern pattern = PATTERNS.get(dataType);
        return pattern == null || pattern.matcher(text.trim()).matches();
    }

    /** A sentence for each output that is larger than the limit in UTF-8 bytes. */
    public static List<String> tooLarge(Map<String, JsonNode> outputs, long limit) {
        List<String> sentences = new ArrayList<>();
        outputs.forEach((name, value) -> {
            long size = text(value).getBytes(StandardCharsets.UTF_8).length;
            if (size > limit) {
                sentences.add("The output parameter " + name + " has " + size + " bytes, and " + limit
                        + " are allowed; output the path of a file instead, or have the operator raise"
                        + " ml.output.limit.");
            }
        });
        return sentences;
    }
}
