/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.List;

/** The kinds of statements that are run differently. */
public enum StatementKind {
    /** Selects the database for the following statements. */
    USE,
    /** Sets a system variable. */
    SET,
    /** Imports files: a job, except with {@code load_mode='local'}. */
    LOAD_DATA,
    /** A query whose rows go to files: a job in offline mode. */
    SELECT_INTO,
    /** A query: rows in online mode, a job in offline mode. */
    SELECT,
    /** Adds rows; online mode only. */
    INSERT,
    /** Removes rows. */
    DELETE,
    /** Deploys a query online; a job of the name server if it is set not to wait. */
    DEPLOY,
    /** Lists something. */
    SHOW,
    /** Describes a table. */
    DESCRIBE,
    /** Shows the plan of a query. */
    EXPLAIN,
    /** Ends a job. */
    STOP_JOB,
    /** Calls a procedure or a deployment. */
    CALL,
    /** Creates, changes or drops a user: its text may contain a password. */
    USER,
    /** Creates, changes or drops anything else. */
    DDL,
    /** Exits the client that runs it, be it this one or OpenMLDB's API server. */
    EXIT,
    /** Anything else; left to OpenMLDB. */
    OTHER;

    /** Returns the kind of a statement with these significant tokens. */
    static StatementKind of(List<Token> tokens) {
        String first = tokens.get(0).upper();
        switch (first) {
            case "LOAD":
                return second(tokens, "DATA") ? LOAD_DATA : OTHER;
            case "STOP":
                return second(tokens, "JOB") ? STOP_JOB : OTHER;
            case "CREATE":
            case "ALTER":
            case "DROP":
            case "TRUNCATE":
            case "GRANT":
            case "REVOKE":
                return second(tokens, "USER") ? USER : DDL;
            case "SELECT":
            case "WITH":
            case "(":
                return intoOutfile(tokens) ? SELECT_INTO : SELECT;
            case "DESC":
                return DESCRIBE;
            case "QUIT":
                return EXIT;
            case "USE":
            case "SET":
            case "INSERT":
            case "DELETE":
            case "DEPLOY":
            case "SHOW":
            case "DESCRIBE":
            case "EXPLAIN":
            case "CALL":
            case "EXIT":
                return valueOf(first);
            default:
                return OTHER;
        }
    }

    private static boolean second(List<Token> tokens, String keyword) {
        return tokens.size() > 1 && tokens.get(1).is(keyword);
    }

    private static boolean intoOutfile(List<Token> tokens) {
        int depth = 0;
        for (int i = 0; i + 1 < tokens.size(); i++) {
            depth += tokens.get(i).isSymbol('(') ? 1 : 0;
            depth -= tokens.get(i).isSymbol(')') ? 1 : 0;
            if (depth == 0 && tokens.get(i).is("INTO") && tokens.get(i + 1).is("OUTFILE")) {
                return true;
            }
        }
        return false;
    }
}
