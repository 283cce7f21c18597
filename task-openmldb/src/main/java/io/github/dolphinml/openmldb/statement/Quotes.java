/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.Locale;

/** Removes the quotes of strings and names. */
final class Quotes {

    private Quotes() {}

    /** Returns the value of a string. Only the common escapes are resolved, which paths, modes and names may contain. */
    static String value(String literal) {
        int prefix = 0;
        while (Character.isLetter(literal.charAt(prefix))) {
            prefix++;
        }
        String quoted = literal.substring(prefix);
        boolean triple =
                quoted.length() >= 6 && quoted.charAt(1) == quoted.charAt(0) && quoted.charAt(2) == quoted.charAt(0);
        String body = inner(quoted, triple ? 3 : 1);
        return literal.substring(0, prefix).toLowerCase(Locale.ROOT).contains("r") ? body : unescaped(body);
    }

    /** Returns the text without this many characters at each end. */
    static String inner(String quoted, int quotes) {
        return quoted.substring(quotes, Math.max(quotes, quoted.length() - quotes));
    }

    private static String unescaped(String body) {
        StringBuilder value = new StringBuilder(body.length());
        int i = 0;
        while (i < body.length()) {
            boolean escape = body.charAt(i) == '\\' && i + 1 < body.length();
            value.append(escape ? meaning(body.charAt(i + 1)) : body.charAt(i));
            i += escape ? 2 : 1;
        }
        return value.toString();
    }

    private static char meaning(char escaped) {
        switch (escaped) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            default:
                return escaped;
        }
    }
}
