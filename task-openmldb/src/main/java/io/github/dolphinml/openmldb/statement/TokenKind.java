/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

/** What a piece of an SQL script is, as far as cutting it into statements needs to know. */
public enum TokenKind {
    /** Blanks and line ends. */
    SPACE,
    /** {@code -- ...}, {@code # ...} or a comment between slash-star and star-slash. */
    COMMENT,
    /** A string in single, double or triple quotes. */
    STRING,
    /** A name in back quotes. */
    NAME,
    /** A keyword, a name or a number. */
    WORD,
    /** What ends a statement. */
    SEMICOLON,
    /** Any other character. */
    SYMBOL
}
