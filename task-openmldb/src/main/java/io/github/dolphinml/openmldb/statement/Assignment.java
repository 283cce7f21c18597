/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a {@code SET} statement sets. */
public final class Assignment {

    private final String variable;
    private final String value;
    private final boolean global;

    private Assignment(String variable, String value, boolean global) {
        this.variable = variable.toLowerCase(Locale.ROOT);
        this.value = value;
        this.global = global;
    }

    /** Parses {@code SET @@[session.|global.]name = value} and {@code SET [SESSION|GLOBAL] name = value}. */
    static Optional<Assignment> of(List<Token> tokens) {
        int equals = 1;
        while (equals < tokens.size() && !tokens.get(equals).isSymbol('=')) {
            equals++;
        }
        if (equals < 2 || equals + 1 >= tokens.size()) {
            return Optional.empty();
        }
        boolean global = false;
        for (Token token : tokens.subList(1, equals - 1)) {
            global |= token.is("GLOBAL");
        }
        return Optional.of(new Assignment(tokens.get(equals - 1).value(), value(tokens, equals + 1), global));
    }

    private static String value(List<Token> tokens, int start) {
        if (start + 1 == tokens.size()) {
            return tokens.get(start).value();
        }
        StringBuilder text = new StringBuilder();
        tokens.subList(start, tokens.size()).forEach(token -> text.append(token.text()));
        return text.toString();
    }

    /** The variable's name in lower case, without its scope. */
    public String variable() {
        return variable;
    }

    /** The value without quotes. */
    public String value() {
        return value;
    }

    /** Whether it is set for all sessions instead of this one. */
    public boolean global() {
        return global;
    }
}
