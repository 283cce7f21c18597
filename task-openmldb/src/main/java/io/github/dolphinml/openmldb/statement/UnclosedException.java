/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

/** Thrown if a string, a back-quoted name or a comment of the script is not closed. */
public final class UnclosedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final String what;

    UnclosedException(int line, String what) {
        super("line " + line + ": " + what + " is not closed");
        this.line = line;
        this.what = what;
    }

    /** The line on which the unclosed text begins, from 1. */
    public int line() {
        return line;
    }

    /** What is not closed, with its first characters. */
    public String what() {
        return what;
    }
}
