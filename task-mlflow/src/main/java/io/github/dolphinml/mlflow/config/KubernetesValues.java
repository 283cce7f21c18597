/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.kubernetes.Namespaces;
import io.github.dolphinml.common.option.OptionType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Parses values that go to a Kubernetes cluster; throws IllegalArgumentException if one is invalid. */
final class KubernetesValues {

    /** Which names a service may have, as the second half of a message. */
    static final String RIGHT_SERVICE = "use up to 40 lower-case letters, digits and dashes, a letter first";

    private static final Pattern SERVICE = Pattern.compile("[a-z]([a-z0-9-]{0,38}[a-z0-9])?");
    private static final Pattern OBJECT = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
    private static final Pattern HTTP = Pattern.compile("https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~/-]*)?");
    private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9+.-]*:\\S*");

    private KubernetesValues() {}

    /** Whether a deployment's name is also valid for a service, whose name becomes part of host names. */
    static boolean isService(String name) {
        return SERVICE.matcher(name).matches();
    }

    static String namespace(String text) {
        return matching(Pattern.compile(Namespaces.NAME), text);
    }

    static String objectName(String text) {
        return matching(OBJECT, text);
    }

    static String httpAddress(String text) {
        return matching(HTTP, text);
    }

    static Map<String, String> storageMap(String text) {
        Map<String, String> map = new LinkedHashMap<>();
        for (String pair : OptionType.list().parse(text)) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException(text);
            }
            map.put(
                    matching(PREFIX, pair.substring(0, equals).trim()),
                    matching(PREFIX, pair.substring(equals + 1).trim()));
        }
        return Collections.unmodifiableMap(map);
    }

    private static String matching(Pattern pattern, String text) {
        if (!pattern.matcher(text).matches()) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }
}
