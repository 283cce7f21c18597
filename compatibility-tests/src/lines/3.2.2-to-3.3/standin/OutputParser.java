/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds what a command prints as outputs, anywhere in a line; the line stays in the log. */
public final class OutputParser {

    private static final Pattern PRINTED = Pattern.compile("[$#]\\{setValue\\((.*?)\\)}");

    private final Map<String, String> outputs = new LinkedHashMap<>();

    public void add(String line) {
        Matcher printed = PRINTED.matcher(line);
        while (printed.find()) {
            String[] parts = printed.group(1).split("=", 2);
            if (parts.length == 2) {
                outputs.put(parts[0], parts[1]);
            }
        }
    }

    public Map<String, String> outputs() {
        return outputs;
    }
}
