/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.ds.Placeholders;
import io.github.dolphinml.common.shell.ShellWords;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Options as users type them, split into words as a shell does, without any expansion. A placeholder's value stays
 * within its word, whatever it contains; one that is a word by itself may stand for several options, as in
 * {@code ${options}}.
 */
final class CommandWords {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}]*}|\\$\\[[^]]*]");
    private static final char MARK = '\uE000';
    private static final Pattern STAND_IN = Pattern.compile(MARK + "(\\d+)" + MARK);

    private final Placeholders placeholders;
    private final List<String> found = new ArrayList<>();

    private CommandWords(Placeholders placeholders) {
        this.placeholders = placeholders;
    }

    /**
     * @throws IllegalArgumentException if a quote is not closed, or the text contains the private character that marks
     *     placeholders
     */
    static List<String> of(String text, Placeholders placeholders) {
        if (text.indexOf(MARK) >= 0) {
            throw new IllegalArgumentException("it contains the private character U+E000");
        }
        return new CommandWords(placeholders).split(text);
    }

    private List<String> split(String text) {
        StringBuffer marked = new StringBuffer();
        Matcher matcher = PLACEHOLDER.matcher(text);
        while (matcher.find()) {
            matcher.appendReplacement(marked, MARK + "" + found.size() + MARK);
            found.add(matcher.group());
        }
        matcher.appendTail(marked);
        List<String> words = new ArrayList<>();
        for (String word : ShellWords.split(marked.toString())) {
            if (STAND_IN.matcher(word).matches()) {
                words.addAll(whole(resolved(word)));
            } else {
                words.add(resolved(word));
            }
        }
        return words;
    }

    /** Splits the value only if it looks like options: a plain value with blanks is one word. */
    private static List<String> whole(String value) {
        if (value.trim().startsWith("-")) {
            return ShellWords.split(value);
        }
        List<String> one = new ArrayList<>();
        one.add(value);
        return one;
    }

    private String resolved(String word) {
        StringBuffer resolved = new StringBuffer();
        Matcher matcher = STAND_IN.matcher(word);
        while (matcher.find()) {
            String placeholder = found.get(Integer.parseInt(matcher.group(1)));
            matcher.appendReplacement(resolved, Matcher.quoteReplacement(placeholders.resolve(placeholder)));
        }
        return matcher.appendTail(resolved).toString();
    }
}
