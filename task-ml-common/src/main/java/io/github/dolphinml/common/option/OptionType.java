/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What values an option takes: how a text becomes a value, and how the reference in docs/ names the type.
 *
 * @param <T> the type of the value
 */
public final class OptionType<T> {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,6})?)\\s*([KMGT]?)I?B?");
    private static final String SIZE_UNITS = "KMGT";

    private final String label;
    private final String right;
    private final Function<String, T> parser;

    private OptionType(String label, String right, Function<String, T> parser) {
        this.label = label;
        this.right = right;
        this.parser = parser;
    }

    /**
     * A type of its own.
     *
     * @param label the type's name in the reference
     * @param right the second half of the sentence that refuses a value
     * @param parser throws IllegalArgumentException for an invalid value
     */
    public static <T> OptionType<T> of(String label, String right, Function<String, T> parser) {
        return new OptionType<>(label, right, parser);
    }

    /** Any text. */
    public static OptionType<String> text() {
        return of("text", "a text is expected", value -> value);
    }

    /** {@code true} or {@code false}. */
    public static OptionType<Boolean> flag() {
        return of("true or false", "use true or false", value -> {
            String lower = value.toLowerCase(Locale.ROOT);
            if (!lower.equals("true") && !lower.equals("false")) {
                throw new IllegalArgumentException(value);
            }
            return lower.equals("true");
        });
    }

    /** A whole number from {@code least} to {@code most}; the unit is part of the label. */
    public static OptionType<Integer> wholeNumber(String unit, int least, int most) {
        String range = most == Integer.MAX_VALUE ? "from " + least + " up" : "from " + least + " to " + most;
        return of(unit, "use a whole number " + range, value -> {
            int number = Integer.parseInt(value);
            if (number < least || number > most) {
                throw new IllegalArgumentException(value);
            }
            return number;
        });
    }

    /** A number of bytes, as in {@code 20GB}, {@code 512m} or {@code 1048576}; units are powers of 1024. */
    public static OptionType<Long> size() {
        return of("size", "use a number of bytes, or one with a unit as in 512MB or 20GB", value -> {
            Matcher matcher = SIZE.matcher(value.trim().toUpperCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new IllegalArgumentException(value);
            }
            int power = matcher.group(2).isEmpty() ? 0 : SIZE_UNITS.indexOf(matcher.group(2)) + 1;
            return (long) (Double.parseDouble(matcher.group(1)) * Math.pow(1024, power));
        });
    }

    /** One of these words, whatever its case; the value is the word as it is listed here. */
    public static OptionType<String> choice(String... words) {
        String list = String.join(", ", words);
        return of(list, "use one of " + list, value -> Arrays.stream(words)
                .filter(word -> word.equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(value)));
    }

    /** A list of texts, separated by commas; blanks around each are dropped. */
    public static OptionType<List<String>> list() {
        return of("list", "use texts separated by commas", value -> {
            List<String> items = new ArrayList<>();
            for (String item : value.split(",")) {
                if (!item.trim().isEmpty()) {
                    items.add(item.trim());
                }
            }
            return Collections.unmodifiableList(items);
        });
    }

    /** The type's name in the reference. */
    public String label() {
        return label;
    }

    /** What a right value looks like, as the second half of a sentence. */
    public String right() {
        return right;
    }

    /**
     * @throws IllegalArgumentException if the text is not a value of this type
     */
    public T parse(String text) {
        return parser.apply(text);
    }
}
