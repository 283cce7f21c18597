/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.apache.dolphinscheduler.plugin.task.api.utils;

import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;

public class ParameterUtils {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)\\}|\\$\\[([^\\]]*)\\]");

    /** Names that the map does not have stay; a time expression is always expanded, or is an error. */
    public static String convertParameterPlaceholders(String text, Map<String, String> values) {
        Matcher matcher = PLACEHOLDER.matcher(text);
        StringBuffer converted = new StringBuffer();
        while (matcher.find()) {
            String value = matcher.group(1) == null
                    ? new SimpleDateFormat(matcher.group(2)).format(new Date())
                    : values.getOrDefault(matcher.group(1), matcher.group());
            matcher.appendReplacement(converted, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(converted).toString();
    }

    public static Map<String, String> convert(Map<String, Property> properties) {
        Map<String, String> values = new HashMap<>();
        properties.forEach((name, property) -> values.put(name, property.getValue()));
        return values;
    }
}
