/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.validate;

import java.util.Objects;

/** One fault of one field, in a sentence: which field, what is wrong with its value, what would be right. */
public final class FieldProblem {

    private final String field;
    private final String wrong;
    private final String right;

    /**
     * @param field the field as the form or the option list spells it
     * @param wrong what is wrong, with the offending value
     * @param right what would be right
     */
    public FieldProblem(String field, String wrong, String right) {
        this.field = Objects.requireNonNull(field, "field");
        this.wrong = Objects.requireNonNull(wrong, "wrong");
        this.right = Objects.requireNonNull(right, "right");
    }

    /** The field as the form or the option list spells it. */
    public String field() {
        return field;
    }

    /** The whole sentence. */
    public String sentence() {
        return field + ": " + wrong + "; " + right + ".";
    }

    @Override
    public String toString() {
        return sentence();
    }
}
