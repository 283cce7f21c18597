/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.config;

import io.github.dolphinml.common.option.SecretReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The parameters among the further options of papermill, as far as the worker can read them: names and values in
 * words, and secrets that YAML refers to. papermill parses the options again in the notebook's environment.
 */
final class TypedParameters {

    private static final Map<String, Character> LONG_NAMES = new HashMap<>();

    static {
        LONG_NAMES.put("--parameters", 'p');
        LONG_NAMES.put("--parameters_raw", 'r');
        LONG_NAMES.put("--parameters_file", 'f');
        LONG_NAMES.put("--parameters_yaml", 'y');
        LONG_NAMES.put("--parameters_base64", 'b');
    }

    private final Map<String, String> values = new LinkedHashMap<>();
    private final Set<String> references = new LinkedHashSet<>();
    private final List<String> files = new ArrayList<>();

    TypedParameters(List<String> others) {
        for (Iterator<String> words = others.iterator(); words.hasNext(); ) {
            String word = words.next();
            char option = optionOf(word);
            String attached = attachedTo(word);
            if (option != 0 && (attached != null || words.hasNext())) {
                read(option, attached == null ? words.next() : attached, words);
            }
        }
    }

    private void read(char option, String first, Iterator<String> words) {
        switch (option) {
            case 'f':
                files.add(first);
                break;
            case 'y':
                references.addAll(SecretReference.namesInYaml(first));
                break;
            case 'b':
                references.addAll(SecretReference.namesInYaml(decoded(first)));
                break;
            default:
                if (words.hasNext()) {
                    String value = words.next();
                    values.put(first, value);
                    SecretReference.nameIn(value).ifPresent(references::add);
                }
        }
    }

    /** Returns the letter of an option that sets parameters; 0 for any other word. */
    private static char optionOf(String word) {
        if (word.startsWith("--")) {
            return LONG_NAMES.getOrDefault(word.split("=", 2)[0], (char) 0);
        }
        char letter = word.startsWith("-") && word.length() > 1 ? word.charAt(1) : 0;
        return LONG_NAMES.containsValue(letter) ? letter : 0;
    }

    /** Returns the value in the same word as an option's name: TEXT of {@code -yTEXT} or {@code --parameters_yaml=TEXT}. */
    private static String attachedTo(String word) {
        if (word.startsWith("--")) {
            return word.contains("=") ? word.substring(word.indexOf('=') + 1) : null;
        }
        return word.length() > 2 ? word.substring(2) : null;
    }

    private static String decoded(String base64) {
        try {
            return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notBase64) {
            return "";
        }
    }

    /** The parameters that are given as name and value in two words. */
    Map<String, String> values() {
        return Collections.unmodifiableMap(values);
    }

    /** The names of the secrets that values refer to. */
    List<String> references() {
        return new ArrayList<>(references);
    }

    /** Files of parameters; perhaps only the task's user can read them. */
    List<String> files() {
        return Collections.unmodifiableList(files);
    }
}
