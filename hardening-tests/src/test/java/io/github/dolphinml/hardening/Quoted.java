/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

/** A text as users type it on a command line to have it arrive as one word. */
final class Quoted {

    private static final String QUOTE = "'\\''";

    private Quoted() {}

    static String word(String text) {
        return "'" + text.replace("'", QUOTE) + "'";
    }

    /** The text of which {@link #word} made this. */
    static String inner(String word) {
        return word.substring(1, word.length() - 1).replace(QUOTE, "'");
    }
}
