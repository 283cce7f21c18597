/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.OptionType;
import io.github.dolphinml.common.shell.ShellWords;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Parses the values of deployment options; throws IllegalArgumentException if one is invalid. */
final class ContainerValues {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    private static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]*");
    private static final Pattern BUILD_ARGUMENT = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(=.*)?", Pattern.DOTALL);
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]*");
    private static final BigDecimal LEAST_PROCESSORS = new BigDecimal("0.01");
    private static final long LEAST_MEMORY = 6L << 20;

    private ContainerValues() {}

    static String deploymentName(String text) {
        return matching(NAME, text);
    }

    static String host(String text) {
        return matching(HOST, text);
    }

    /** Whether a host is an IP address: Docker publishes ports on addresses and does not resolve names. */
    static boolean isAddress(String host) {
        return ADDRESS.matcher(host).matches();
    }

    static String image(String text) {
        return matching(IMAGE, text);
    }

    /** Splits options of {@code docker build}. A build argument becomes a line of the Dockerfile, so its form is checked. */
    static List<String> buildOptions(String text) {
        List<String> words = words(text);
        for (int index = 0; index < words.size(); index++) {
            String word = words.get(index);
            if (word.startsWith("--build-arg=")) {
                matching(BUILD_ARGUMENT, word.substring("--build-arg=".length()));
            } else if (word.equals("--build-arg")) {
                require(index + 1 < words.size(), text);
                matching(BUILD_ARGUMENT, words.get(index + 1));
            }
        }
        return words;
    }

    static List<String> words(String text) {
        require(text.indexOf('\0') < 0, text);
        return ShellWords.split(text);
    }

    /** Rejects what the engine would reject; only the worker's machine knows whether it has that many processors. */
    static String cpuLimit(String text) {
        // NumberFormatException is an IllegalArgumentException.
        require(new BigDecimal(text).compareTo(LEAST_PROCESSORS) >= 0, text);
        return text;
    }

    static String memoryLimit(String text) {
        require(OptionType.size().parse(text) >= LEAST_MEMORY, text);
        return text;
    }

    static Map<String, String> labels(String text) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String label : OptionType.list().parse(text)) {
            int equals = label.indexOf('=');
            require(equals > 0 && label.indexOf('\0') < 0, text);
            labels.put(
                    matching(LABEL_NAME, label.substring(0, equals).trim()),
                    label.substring(equals + 1).trim());
        }
        return Collections.unmodifiableMap(labels);
    }

    /** Parses a percentage; returns it as a fraction. */
    static double share(String text, double least, double most) {
        if (!text.endsWith("%")) {
            throw new IllegalArgumentException(text);
        }
        BigDecimal percent = new BigDecimal(text.substring(0, text.length() - 1).trim());
        double fraction = percent.movePointLeft(2).doubleValue();
        if (fraction < least || fraction > most) {
            throw new IllegalArgumentException(text);
        }
        return fraction;
    }

    private static String matching(Pattern pattern, String text) {
        require(pattern.matcher(text).matches(), text);
        return text;
    }

    private static void require(boolean right, String text) {
        if (!right) {
            throw new IllegalArgumentException(text);
        }
    }
}
