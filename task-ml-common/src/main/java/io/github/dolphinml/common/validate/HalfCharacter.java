/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.validate;

import java.util.Optional;

/**
 * Half of a surrogate pair. It is not Unicode: written as UTF-8 it becomes a question mark, and a task would run with
 * another text than the one that it was given.
 */
public final class HalfCharacter {

    /** What would be right. */
    private static final String RIGHT = "retype the text";

    private HalfCharacter() {}

    /** Records a fault of the field if its text has such a half in it; null is not a fault. */
    public static void check(String field, String text, Problems problems) {
        find(text == null ? "" : text).ifPresent(wrong -> problems.add(field, wrong, RIGHT));
    }

    private static Optional<String> find(String text) {
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            int character = text.codePointAt(at);
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                return Optional.of(
                        String.format("its character %d is an unpaired surrogate, \\u%04x", at + 1, character));
            }
        }
        return Optional.empty();
    }
}
