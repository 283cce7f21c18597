/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.Locale;

/** One piece of an SQL script. The pieces of a script, put together, are the script. */
public final class Token {

    private final TokenKind kind;
    private final String text;
    private final int offset;
    private final int line;

    Token(TokenKind kind, String text, int offset, int line) {
        this.kind = kind;
        this.text = text;
        this.offset = offset;
        this.line = line;
    }

    /** What the piece is. */
    public TokenKind kind() {
        return kind;
    }

    /** The piece as it is in the script. */
    public String text() {
        return text;
    }

    /** Where the piece begins in the script, in characters from 0. */
    public int offset() {
        return offset;
    }

    /** The line on which the piece begins, from 1. */
    public int line() {
        return line;
    }

    /** Whether a statement consists of it: neither blank nor comment nor what ends the statement. */
    boolean significant() {
        return kind != TokenKind.SPACE && kind != TokenKind.COMMENT && kind != TokenKind.SEMICOLON;
    }

    /** Whether it is this keyword, whatever its case. */
    boolean is(String keyword) {
        return kind == TokenKind.WORD && text.equalsIgnoreCase(keyword);
    }

    /** Whether it is this character. */
    boolean isSymbol(char symbol) {
        return kind == TokenKind.SYMBOL && text.charAt(0) == symbol;
    }

    /** The word in upper case; names, strings and characters as they are. */
    String upper() {
        return kind == TokenKind.WORD ? text.toUpperCase(Locale.ROOT) : text;
    }

    /** What the piece stands for: a string or a name without its quotes, everything else as it is. */
    String value() {
        if (kind == TokenKind.NAME) {
            return Quotes.inner(text, 1);
        }
        return kind == TokenKind.STRING ? Quotes.value(text) : text;
    }

    @Override
    public String toString() {
        return kind + " " + text;
    }
}
