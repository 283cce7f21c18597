/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Tells by its name whether a parameter's value is a secret: {@code db_password}, {@code apiKey}, {@code TOKEN}. */
public final class SecretNames {

    private final Set<String> words;

    /**
     * @param words the words that make a name secret; case does not matter
     */
    public SecretNames(List<String> words) {
        this.words = new LinkedHashSet<>();
        words.forEach(word -> this.words.add(word.toLowerCase(Locale.ROOT)));
    }

    /** The words that make a name secret, in lower case, in their configured order. */
    public List<String> words() {
        return new ArrayList<>(words);
    }

    /** Whether one of the words of a name is a secret one; words end at {@code _ . -}, at digits and at capitals. */
    public boolean matches(String name) {
        String separated = name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
        return words.contains(name.toLowerCase(Locale.ROOT))
                || Arrays.stream(separated.split("[^a-z]+")).anyMatch(words::contains);
    }
}
