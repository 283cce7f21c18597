/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The name of a secret in place of its value: {@code secret:warehouse/password} in a text, {@code {"secret":
 * "warehouse/password"}} in JSON. The worker never has the value: the task's program reads it, as the task's user. See
 * {@code dolphinml/common/secret_references.py}.
 */
public final class SecretReference {

    /** The member of a JSON object that is a reference, and its only one. */
    private static final String JSON_KEY = "secret";

    private static final String TEXT = "secret:";
    private static final String REQUEST_KEY = "secretReference";
    private static final String DOCUMENT_KEY = "document";

    private SecretReference() {}

    /** The name of the secret that a text refers to; empty if the text is a value. */
    public static Optional<String> nameIn(String text) {
        return text.startsWith(TEXT) ? Optional.of(text.substring(TEXT.length())) : Optional.empty();
    }

    /** The name of the secret that a part of a JSON document refers to; empty if it is a value. */
    public static Optional<String> nameIn(JsonNode part) {
        if (part.isTextual()) {
            return nameIn(part.textValue());
        }
        JsonNode name = part.path(JSON_KEY);
        return part.size() == 1 && name.isTextual() ? Optional.of(name.textValue()) : Optional.empty();
    }

    /**
     * A reference as {@code request.json} has it.
     *
     * @param field the form's name for the place, for messages
     * @param before the text that precedes the value
     */
    public static Map<String, Object> inRequest(String field, String before, String name) {
        Map<String, Object> reference = new LinkedHashMap<>();
        reference.put(REQUEST_KEY, name);
        reference.put("field", field);
        if (!before.isEmpty()) {
            reference.put("before", before);
        }
        return reference;
    }

    /** A reference to a configuration file, in which only the credentials are kept out of logs. */
    public static Map<String, Object> documentInRequest(String field, String name) {
        Map<String, Object> reference = inRequest(field, "", name);
        reference.put(DOCUMENT_KEY, true);
        return reference;
    }

    /** A reference that is replaced by the path of the secret's file. */
    public static Map<String, Object> pathInRequest(String field, String name) {
        Map<String, Object> reference = documentInRequest(field, name);
        reference.put("path", true);
        return reference;
    }

    /** Asks the program, in {@code request.json}, to resolve the references in a file of parameters. */
    public static Map<String, Object> fileInRequest(String field, String path) {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("secretsInFile", path);
        file.put("field", field);
        return file;
    }

    /** The names of the secrets that texts of a YAML document refer to; none if it is not YAML. */
    public static List<String> namesInYaml(String yaml) {
        List<String> names = new ArrayList<>();
        try {
            Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
            collect(document, names, Collections.newSetFromMap(new IdentityHashMap<>()));
        } catch (YAMLException broken) {
            return Collections.emptyList();
        }
        return names;
    }

    private static void collect(Object value, List<String> names, Set<Object> seen) {
        if (value instanceof String) {
            nameIn((String) value).ifPresent(names::add);
        } else if (value instanceof Map && seen.add(value)) {
            ((Map<?, ?>) value).values().forEach(each -> collect(each, names, seen));
        } else if (value instanceof Collection && seen.add(value)) {
            ((Collection<?>) value).forEach(each -> collect(each, names, seen));
        }
    }

    /** Whether a part of {@code request.json} is a reference. */
    public static boolean isInRequest(JsonNode part) {
        return part.has(REQUEST_KEY);
    }

    /** What {@code request.json} has for a text: a reference if it is one, else the text. */
    public static Object inRequest(String field, String text) {
        return nameIn(text).<Object>map(name -> inRequest(field, "", name)).orElse(text);
    }
}
