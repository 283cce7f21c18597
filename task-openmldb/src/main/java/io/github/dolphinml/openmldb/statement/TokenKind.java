/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

/** The kinds of tokens that matter for splitting a script into statements. */
public enum TokenKind {
    /** Blanks and line breaks. */
    SPACE,
    /** {@code -- ...}, {@code # ...} or a comment between slash-star and star-slash. */
    COMMENT,
    /** A string in single, double or triple quotes. */
    STRING,
    /** A name in back quotes. */
    NAME,
    /** A keyword, a name or a number. */
    WORD,
    /** The end of a statement. */
    SEMICOLON,
    /** Any other character. */
    SYMBOL
}
