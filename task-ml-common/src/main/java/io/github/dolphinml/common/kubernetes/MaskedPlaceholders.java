/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text in which a mark stands for each of DolphinScheduler's placeholders while it is parsed. A mark is a plain word to
 * YAML, also between brackets, and what replaces it after parsing can be nothing but a part of one value.
 */
final class MaskedPlaceholders {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}\\n]*}|\\$\\[[^]\\n]*]");

    private static final char FIRST_PRIVATE_CHARACTER = '\uE000';

    private final UnaryOperator<String> resolve;
    private final List<String> found = new ArrayList<>();
    private final String masked;
    private final Pattern mark;

    /**
     * @param resolve returns the value of a placeholder, or the placeholder itself if it is unknown
     */
    MaskedPlaceholders(String text, UnaryOperator<String> resolve) {
        this.resolve = resolve;
        char edge = FIRST_PRIVATE_CHARACTER;
        while (text.indexOf(edge) >= 0) {
            edge++;
        }
        mark = Pattern.compile(edge + "(\\d+)" + edge);
        Matcher matcher = PLACEHOLDER.matcher(text);
        StringBuffer marked = new StringBuffer();
        while (matcher.find()) {
            matcher.appendReplacement(marked, edge + Integer.toString(found.size()) + edge);
            found.add(matcher.group());
        }
        masked = matcher.appendTail(marked).toString();
    }

    /** The text with marks. */
    String masked() {
        return masked;
    }

    /** Whether there is a mark in a piece of the masked text. */
    boolean isIn(String piece) {
        return mark.matcher(piece).find();
    }

    /** A piece of the masked text with the placeholders' values. */
    String resolved(String piece) {
        return replaced(piece, resolve);
    }

    /** A piece of the masked text as it was written. */
    String original(String piece) {
        return replaced(piece, Function.identity());
    }

    private String replaced(String piece, Function<String, String> replacement) {
        Matcher matcher = mark.matcher(piece);
        StringBuffer text = new StringBuffer();
        while (matcher.find()) {
            String placeholder = found.get(Integer.parseInt(matcher.group(1)));
            matcher.appendReplacement(text, Matcher.quoteReplacement(replacement.apply(placeholder)));
        }
        return matcher.appendTail(text).toString();
    }
}
