/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.shell;

import java.util.regex.Pattern;

/** Writes a value as one bash word that means exactly this value. */
final class BashQuoter {

    /** Words that bash takes as they stand, whatever its options. No {@code =}: {@code a=b} may be an assignment. */
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_./:@%+,-]+");

    private BashQuoter() {}

    /**
     * @throws IllegalArgumentException if the value holds a NUL character: no argument and no variable can
     */
    static String quote(String value) {
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a NUL character cannot be passed to a program");
        }
        if (SAFE.matcher(value).matches()) {
            return value;
        }
        return "'" + value.replace("'", "'\\''") + "'";
    }
}
