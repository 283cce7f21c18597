/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** One statement of a script: its exact text, and the properties that decide how it is run. */
public final class Statement {

    private static final int LONGEST_HEAD = 100;
    /** How many words of a statement about a user are shown; a password may follow. */
    private static final int WORDS_OF_USER = 3;

    private final int number;
    private final String text;
    private final List<Token> tokens;
    private final StatementKind kind;

    /**
     * @param number from 1
     * @param text from the first to the last significant token
     * @param tokens the significant ones, at least one
     */
    Statement(int number, String text, List<Token> tokens) {
        this.number = number;
        this.text = text;
        this.tokens = Collections.unmodifiableList(new ArrayList<>(tokens));
        this.kind = StatementKind.of(tokens);
    }

    /** Its number in the script, from 1. */
    public int number() {
        return number;
    }

    /** The line of the script on which it begins, from 1. */
    public int line() {
        return tokens.get(0).line();
    }

    /** Its exact text, without surrounding comments and blanks and without the semicolon. */
    public String text() {
        return text;
    }

    /** What it does. */
    public StatementKind kind() {
        return kind;
    }

    /** Its first words on one line, short enough for a message; never a user's password. */
    public String head() {
        StringBuilder head = new StringBuilder();
        Token previous = null;
        int words = 0;
        for (Token token : tokens) {
            if (kind == StatementKind.USER && words++ == WORDS_OF_USER) {
                return head + " ...";
            }
            if (previous != null && previous.offset() + previous.text().length() < token.offset()) {
                head.append(' ');
            }
            head.append(token.text().replaceAll("\\s+", " "));
            if (head.length() > LONGEST_HEAD) {
                return head.substring(0, LONGEST_HEAD).trim() + " ...";
            }
            previous = token;
        }
        return head.toString();
    }

    /** The assignment of a {@code SET} statement; empty for all others. */
    public Optional<Assignment> assignment() {
        return kind == StatementKind.SET ? Assignment.of(tokens) : Optional.empty();
    }

    /** The source of a {@code LOAD DATA} statement; empty for all others. */
    public Optional<ImportSource> importSource() {
        return kind == StatementKind.LOAD_DATA ? ImportSource.of(tokens) : Optional.empty();
    }

    /** The database that a {@code USE} statement chooses; empty for all others. */
    public Optional<String> database() {
        return kind == StatementKind.USE && tokens.size() == 2
                ? Optional.of(tokens.get(1).value())
                : Optional.empty();
    }

    /** The mode, in lower case, that a query sets for itself, as OpenMLDB 0.9 and later support; empty for all others. */
    public Optional<String> mode() {
        boolean query = kind == StatementKind.SELECT || kind == StatementKind.SELECT_INTO;
        return query ? QueryConfig.mode(tokens) : Optional.empty();
    }

    /** The names of a query's columns; empty if its text does not show them all. */
    public List<String> columns() {
        return kind == StatementKind.SELECT ? SelectList.names(tokens) : Collections.emptyList();
    }

    @Override
    public String toString() {
        return number + " (line " + line() + "): " + head();
    }
}
