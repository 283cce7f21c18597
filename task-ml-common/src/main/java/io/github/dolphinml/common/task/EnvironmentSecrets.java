/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.option.SecretNames;
import io.github.dolphinml.common.shell.ShellWords;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The secrets that a DolphinScheduler environment exports: {@code export DB_PASSWORD='...'}. */
final class EnvironmentSecrets {

    private static final Pattern EXPORT = Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_]\\w*=.*)");
    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_]\\w*)=(.*)", Pattern.DOTALL);

    /** A path to a secret is not a secret. */
    private static final Pattern PATH = Pattern.compile("~?(/[\\w.@-]+)+/?");

    private static final String NAMES_OF_PATHS = "(?i).*(FILE|PATH|DIR|HOME|CREDENTIALS)";

    private EnvironmentSecrets() {}

    /**
     * The values of exports whose names are secret.
     *
     * @param environment the shell text of a DolphinScheduler environment; may be null
     */
    static List<String> of(String environment, SecretNames names) {
        if (environment == null) {
            return Collections.emptyList();
        }
        Set<String> values = new LinkedHashSet<>();
        List<String> lines = Arrays.asList(environment.split("\\R"));
        for (int i = 0; i < lines.size(); i++) {
            Matcher export = EXPORT.matcher(lines.get(i));
            if (export.matches()) {
                words(export.group(1)).forEach(word -> addSecret(word, names, values));
                wholeWords(export.group(1), lines.subList(i + 1, lines.size()))
                        .forEach(word -> addSecret(word, names, values));
            }
        }
        return new ArrayList<>(values);
    }

    /** The words of one line, as far as it has some: a quote may continue, or be the apostrophe of a comment. */
    private static List<String> words(String line) {
        try {
            return ShellWords.split(line);
        } catch (IllegalArgumentException unclosed) {
            List<String> words = new ArrayList<>(Arrays.asList(line.split("\\s+")));
            words.add(line);
            return words;
        }
    }

    /** The words of a line and of those after it, up to where a quote that it opens is closed; none if it never is. */
    private static List<String> wholeWords(String line, List<String> after) {
        StringBuilder text = new StringBuilder(line);
        for (String next : after) {
            try {
                return ShellWords.split(text.toString());
            } catch (IllegalArgumentException unclosed) {
                text.append('\n').append(next);
            }
        }
        try {
            return ShellWords.split(text.toString());
        } catch (IllegalArgumentException unclosed) {
            return Collections.emptyList();
        }
    }

    private static void addSecret(String word, SecretNames names, Set<String> values) {
        Matcher assignment = ASSIGNMENT.matcher(word);
        if (!assignment.matches() || !names.matches(assignment.group(1))) {
            return;
        }
        String value = assignment.group(2);
        boolean path = assignment.group(1).matches(NAMES_OF_PATHS)
                && PATH.matcher(value).matches();
        if (!path) {
            values.add(value);
        }
    }
}
