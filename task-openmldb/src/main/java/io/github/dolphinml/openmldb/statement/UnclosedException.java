/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

/** A string, a back-quoted name or a comment of the script has no end. */
public final class UnclosedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final String what;

    UnclosedException(int line, String what) {
        super("line " + line + ": " + what + " is not closed");
        this.line = line;
        this.what = what;
    }

    /** The line on which it begins, from 1. */
    public int line() {
        return line;
    }

    /** What has no end, with its first characters. */
    public String what() {
        return what;
    }
}
