/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.option;

import java.util.Objects;

/**
 * An option that the form lacks. Declared once, in the plugin's catalogue; the reference in docs/ is made from it.
 *
 * @param <T> the type of its value
 */
public final class Option<T> {

    private final String name;
    private final OptionType<T> type;
    private final String defaultText;
    private final String help;
    private final boolean secret;
    private final boolean operatorOnly;
    private final boolean lockable;

    private Option(Option.Builder<T> builder) {
        name = builder.name;
        type = builder.type;
        defaultText = builder.defaultText;
        help = Objects.requireNonNull(builder.help, "help");
        secret = builder.secret;
        operatorOnly = builder.operatorOnly;
        lockable = builder.lockable;
        if (defaultText != null) {
            type.parse(defaultText);
        }
    }

    /**
     * @param name without the plugin's prefix, as in {@code report}
     */
    public static <T> Builder<T> named(String name, OptionType<T> type) {
        return new Builder<>(name, type);
    }

    /** The name without the plugin's prefix. */
    public String name() {
        return name;
    }

    /** What values it takes. */
    public OptionType<T> type() {
        return type;
    }

    /** The default as text, or null if there is none. */
    public String defaultText() {
        return defaultText;
    }

    /** What it is for, in a sentence or two. */
    public String help() {
        return help;
    }

    /** Whether its value is kept out of every log. */
    public boolean secret() {
        return secret;
    }

    /** Whether only {@code common.properties} may set it. */
    public boolean operatorOnly() {
        return operatorOnly;
    }

    /** Whether a value in {@code common.properties} with {@code <key>.locked=true} overrides the node's. */
    public boolean lockable() {
        return lockable;
    }

    /**
     * Declares an option.
     *
     * @param <T> the type of its value
     */
    public static final class Builder<T> {

        private final String name;
        private final OptionType<T> type;
        private String defaultText;
        private String help;
        private boolean secret;
        private boolean operatorOnly;
        private boolean lockable;

        private Builder(String name, OptionType<T> type) {
            this.name = name;
            this.type = type;
        }

        /** The value if none is set; without a default, an unset option is absent. */
        public Builder<T> defaultsTo(String text) {
            defaultText = text;
            return this;
        }

        /** Keeps the value out of every log. */
        public Builder<T> secret() {
            secret = true;
            return this;
        }

        /** Lets only {@code common.properties} set it. */
        public Builder<T> operatorOnly() {
            operatorOnly = true;
            return this;
        }

        /** Lets an operator fix the value for all nodes by {@code <key>.locked=true}. */
        public Builder<T> lockable() {
            lockable = true;
            return this;
        }

        /** What it is for, in a sentence or two. */
        public Option<T> help(String sentence) {
            help = sentence;
            return new Option<>(this);
        }
    }
}
