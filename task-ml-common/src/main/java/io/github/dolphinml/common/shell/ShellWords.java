/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.shell;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Splits an option string that a user typed into words as a POSIX shell would, and expands nothing: {@code $},
 * backticks, globs and {@code ;} are plain characters. Quotes and backslashes group and escape as in a shell.
 */
public final class ShellWords {

    private final String text;
    private final List<String> words = new ArrayList<>();
    private StringBuilder word;
    private int position;

    private ShellWords(String text) {
        this.text = text;
    }

    /**
     * @return the words; an empty list for a blank text
     * @throws IllegalArgumentException if a quote is not closed or the text ends in a lone backslash
     */
    public static List<String> split(String text) {
        ShellWords split = new ShellWords(text);
        split.readAll();
        return Collections.unmodifiableList(split.words);
    }

    private void readAll() {
        while (position < text.length()) {
            char next = text.charAt(position++);
            if (next == '\'') {
                readSingleQuoted();
            } else if (next == '"') {
                readDoubleQuoted();
            } else if (next == '\\') {
                readEscaped();
            } else if (next == ' ' || next == '\t' || next == '\n' || next == '\r') {
                endWord();
            } else {
                current().append(next);
            }
        }
        endWord();
    }

    private void readSingleQuoted() {
        int end = text.indexOf('\'', position);
        if (end < 0) {
            throw new IllegalArgumentException("a single quote is not closed");
        }
        current().append(text, position, end);
        position = end + 1;
    }

    private void readDoubleQuoted() {
        StringBuilder quoted = current();
        while (position < text.length()) {
            char next = text.charAt(position++);
            if (next == '"') {
                return;
            }
            boolean escapes =
                    next == '\\' && position < text.length() && "\\\"$`\n".indexOf(text.charAt(position)) >= 0;
            if (!escapes) {
                quoted.append(next);
            } else if (text.charAt(position++) != '\n') {
                quoted.append(text.charAt(position - 1));
            }
        }
        throw new IllegalArgumentException("a double quote is not closed");
    }

    private void readEscaped() {
        if (position == text.length()) {
            throw new IllegalArgumentException("a backslash at the end escapes nothing");
        }
        char escaped = text.charAt(position++);
        // A backslash before a line end joins the lines, as users write long commands.
        if (escaped != '\n') {
            current().append(escaped);
        }
    }

    private StringBuilder current() {
        if (word == null) {
            word = new StringBuilder();
        }
        return word;
    }

    private void endWord() {
        if (word != null) {
            words.add(word.toString());
            word = null;
        }
    }
}
