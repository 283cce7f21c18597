/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

/** The classes of characters that OpenMLDB's lexer distinguishes. */
final class Characters {

    /** Spaces beyond ASCII, as pasted from documents; zero-width characters are not among them. */
    private static final String UNICODE_SPACES =
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000";

    private Characters() {}

    static boolean isSpace(char character) {
        return character == ' ' || (character >= '\b' && character <= '\r') || UNICODE_SPACES.indexOf(character) >= 0;
    }

    static int endOfSpace(String text, int start) {
        int end = start;
        while (end < text.length() && isSpace(text.charAt(end))) {
            end++;
        }
        return end;
    }

    /** Returns where the line with {@code start} ends, before its line break. */
    static int endOfLine(String text, int start) {
        int end = start;
        while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
            end++;
        }
        return end;
    }

    static int endOfWord(String text, int start) {
        int end = start;
        while (end < text.length() && isWord(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isWord(char character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || character == '_';
    }

    /** Counts the line breaks between two positions; a carriage return with its line feed is one. */
    static int lineEnds(String text, int start, int end) {
        int count = 0;
        for (int i = start; i < end; i++) {
            char character = text.charAt(i);
            boolean pair = character == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
            if ((character == '\n' || character == '\r') && !pair) {
                count++;
            }
        }
        return count;
    }
}
