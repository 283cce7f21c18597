/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** An SQL script, split into statements. */
public final class SqlScript {

    private final List<Statement> statements;

    private SqlScript(List<Statement> statements) {
        this.statements = Collections.unmodifiableList(statements);
    }

    /**
     * Splits a script into statements.
     *
     * @throws UnclosedException if a string, a back-quoted name or a comment is not closed
     */
    public static SqlScript of(String script) throws UnclosedException {
        List<Statement> statements = new ArrayList<>();
        List<Token> current = new ArrayList<>();
        for (Token token : Lexer.tokens(script)) {
            if (token.significant()) {
                current.add(token);
            } else if (token.kind() == TokenKind.SEMICOLON) {
                end(script, statements, current);
            }
        }
        end(script, statements, current);
        return new SqlScript(statements);
    }

    /** Returns a script without statements. */
    public static SqlScript empty() {
        return new SqlScript(Collections.emptyList());
    }

    private static void end(String script, List<Statement> statements, List<Token> current) {
        if (!current.isEmpty()) {
            Token last = current.get(current.size() - 1);
            String text = script.substring(
                    current.get(0).offset(), last.offset() + last.text().length());
            statements.add(new Statement(statements.size() + 1, text, current));
            current.clear();
        }
    }

    /** The statements in order; none for a script of blanks and comments. */
    public List<Statement> statements() {
        return statements;
    }

    /** Whether a statement sets this variable, for its session or globally. */
    public boolean sets(String variable) {
        return statements.stream().anyMatch(statement -> statement
                .assignment()
                .filter(assignment -> assignment.variable().equals(variable))
                .isPresent());
    }
}
