/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.data;

/** Characters that no name and no path in a repository may have. */
final class ControlCharacter {

    private static final int FIRST_VISIBLE = 32;
    private static final int DELETE = 127;

    private ControlCharacter() {}

    /** Whether a text has a line end, a NUL or another control character of ASCII in it. */
    static boolean isIn(String text) {
        return text.chars().anyMatch(letter -> letter < FIRST_VISIBLE || letter == DELETE);
    }
}
