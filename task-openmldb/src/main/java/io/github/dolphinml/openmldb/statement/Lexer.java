/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Splits a script into tokens by the rules of OpenMLDB's own lexer, which is ZetaSQL's: a backslash escapes any
 * character of a string or of a back-quoted name, three quotes open a string that three quotes close, and comments
 * begin with two dashes, a hash or slash-star. A doubled quote within a string needs no rule of its own: it ends one
 * string and begins the next.
 *
 * <p>It is more lenient than OpenMLDB in one respect: a string in single or double quotes may continue past its
 * line's end, so that the error comes from the server.
 */
final class Lexer {

    private final String script;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;

    private Lexer(String script) {
        this.script = script;
    }

    /** Returns the tokens in order; joined, their texts are the script. */
    static List<Token> tokens(String script) throws UnclosedException {
        Lexer lexer = new Lexer(script);
        while (lexer.position < script.length()) {
            lexer.next();
        }
        return lexer.tokens;
    }

    private void next() throws UnclosedException {
        char first = script.charAt(position);
        if (Characters.isSpace(first)) {
            add(TokenKind.SPACE, Characters.endOfSpace(script, position));
        } else if (first == '#' || script.startsWith("--", position)) {
            add(TokenKind.COMMENT, Characters.endOfLine(script, position));
        } else if (script.startsWith("/*", position)) {
            int end = script.indexOf("*/", position + 2);
            add(TokenKind.COMMENT, end < 0 ? unclosed("the comment") : end + 2);
        } else if (first == '`') {
            int end = quoted(position, 1);
            add(TokenKind.NAME, end < 0 ? unclosed("the name") : end);
        } else if (first == ';') {
            add(TokenKind.SEMICOLON, position + 1);
        } else {
            wordOrString();
        }
    }

    private void wordOrString() throws UnclosedException {
        int end = Characters.endOfWord(script, position);
        int quote = end > position && stringPrefix(script.substring(position, end)) ? end : position;
        if (quote < script.length() && (script.charAt(quote) == '\'' || script.charAt(quote) == '"')) {
            int close = string(quote);
            add(TokenKind.STRING, close < 0 ? unclosed("the string") : close);
        } else if (end > position) {
            add(TokenKind.WORD, end);
        } else {
            add(TokenKind.SYMBOL, position + Character.charCount(script.codePointAt(position)));
        }
    }

    private int string(int quote) {
        String three = script.substring(quote, quote + 1);
        three = three + three + three;
        int close = script.startsWith(three, quote) ? quoted(quote, 3) : -1;
        return close < 0 ? quoted(quote, 1) : close;
    }

    /** Returns the end of the text that this many quotes at {@code start} open, or -1. */
    private int quoted(int start, int quotes) {
        String close = script.substring(start, start + quotes);
        int i = start + quotes;
        while (i < script.length()) {
            if (script.startsWith(close, i)) {
                return i + quotes;
            }
            i += script.charAt(i) == '\\' ? 2 : 1;
        }
        return -1;
    }

    private static boolean stringPrefix(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return lower.equals("r") || lower.equals("b") || lower.equals("rb") || lower.equals("br");
    }

    private int unclosed(String what) throws UnclosedException {
        int end = Math.min(Characters.endOfLine(script, position), position + 30);
        throw new UnclosedException(
                line,
                what + " that begins with " + script.substring(position, end).trim());
    }

    private void add(TokenKind kind, int end) {
        tokens.add(new Token(kind, script.substring(position, end), position, line));
        line += Characters.lineEnds(script, position, end);
        position = end;
    }
}
