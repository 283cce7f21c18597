/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Takes secret values out of what people read. Each line of a value is a secret of its own. */
final class Masking {

    /** Shorter values would blank out ordinary words and digits of the log. */
    private static final int SHORTEST = 4;

    private static final String MASK = "******";

    private final Set<String> values = new LinkedHashSet<>();
    private volatile List<String> parts = Collections.emptyList();

    /** Masks these values too from now on. */
    synchronized void add(Collection<String> secrets) {
        values.addAll(secrets);
        Set<String> found = new LinkedHashSet<>();
        for (String value : values) {
            addPart(value, found);
            for (String line : value.split("\\R")) {
                addPart(line, found);
            }
        }
        List<String> sorted = new ArrayList<>(found);
        // A secret that contains another one is masked whole.
        sorted.sort(Comparator.comparingInt(String::length).reversed());
        parts = sorted;
    }

    private static void addPart(String part, Set<String> found) {
        if (part.trim().length() >= SHORTEST) {
            found.add(part);
        }
    }

    /** The values as they were given. */
    synchronized Set<String> values() {
        return new LinkedHashSet<>(values);
    }

    String mask(String text) {
        String masked = text;
        for (String part : parts) {
            masked = masked.replace(part, MASK);
        }
        return masked;
    }
}
