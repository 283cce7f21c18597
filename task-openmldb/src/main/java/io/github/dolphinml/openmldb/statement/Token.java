/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.Locale;

/** A token of an SQL script. Joined, the tokens of a script are the script. */
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

    /** The token's kind. */
    public TokenKind kind() {
        return kind;
    }

    /** The token's text as in the script. */
    public String text() {
        return text;
    }

    /** The token's position in the script, in characters from 0. */
    public int offset() {
        return offset;
    }

    /** The line on which the token begins, from 1. */
    public int line() {
        return line;
    }

    /** Whether the token is part of a statement: not a blank, a comment or a semicolon. */
    boolean significant() {
        return kind != TokenKind.SPACE && kind != TokenKind.COMMENT && kind != TokenKind.SEMICOLON;
    }

    /** Whether it is this keyword, ignoring case. */
    boolean is(String keyword) {
        return kind == TokenKind.WORD && text.equalsIgnoreCase(keyword);
    }

    /** Whether it is this character. */
    boolean isSymbol(char symbol) {
        return kind == TokenKind.SYMBOL && text.charAt(0) == symbol;
    }

    /** A word in upper case; all other tokens unchanged. */
    String upper() {
        return kind == TokenKind.WORD ? text.toUpperCase(Locale.ROOT) : text;
    }

    /** A string or a name without its quotes; all other tokens unchanged. */
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
