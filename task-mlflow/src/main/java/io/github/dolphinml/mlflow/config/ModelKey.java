/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import java.util.regex.Pattern;

/** Identifies a model: {@code models:/name/3}, {@code models:/name@alias}, {@code runs:/id/model} or a path. */
public final class ModelKey {

    /** The valid forms of a key, as the second half of a message. */
    static final String RIGHT = "use models:/name/3, models:/name/Production, models:/name@alias, models:/name/latest,"
            + " runs:/id/model or the path of a model's directory";

    private static final Pattern REGISTERED = Pattern.compile("models:/[^/@]+(/[^/]+|@[^/@]+)");
    private static final Pattern LOGGED = Pattern.compile("models:/m-[0-9a-f]{32}");
    private static final Pattern OF_RUN = Pattern.compile("runs:/[0-9A-Za-z_-]+/.*[^/].*");

    private final String text;

    private ModelKey(String text) {
        this.text = text;
    }

    /**
     * @throws IllegalArgumentException if the text has none of the forms
     */
    public static ModelKey of(String text) {
        boolean right;
        if (text.startsWith("models:")) {
            right = REGISTERED.matcher(text).matches() || LOGGED.matcher(text).matches();
        } else if (text.startsWith("runs:")) {
            right = OF_RUN.matcher(text).matches();
        } else {
            right = !text.replace("/", "").isEmpty();
        }
        if (!right || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(text);
        }
        return new ModelKey(text);
    }

    /** The key as the node has it. */
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return text;
    }
}
