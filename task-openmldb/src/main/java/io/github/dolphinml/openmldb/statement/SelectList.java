/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Finds the column names in the text of a query: aliases and plain columns. */
final class SelectList {

    private SelectList() {}

    /** Returns one name per column; none if a column has no name in the text, as in {@code *} or {@code a + 1}. */
    static List<String> names(List<Token> tokens) {
        int start = firstOfList(tokens);
        List<String> names = new ArrayList<>();
        List<Token> item = new ArrayList<>();
        int depth = 0;
        for (Token token : tokens.subList(start, tokens.size())) {
            depth += opens(token) ? 1 : 0;
            depth -= closes(token) ? 1 : 0;
            boolean ends = depth == 0 && (token.isSymbol(',') || endsList(token));
            if (ends) {
                names.add(name(item));
                item.clear();
                if (!token.isSymbol(',')) {
                    return complete(names);
                }
            } else {
                item.add(token);
            }
        }
        names.add(name(item));
        return complete(names);
    }

    private static List<String> complete(List<String> names) {
        return names.contains("") ? Collections.emptyList() : names;
    }

    /** Returns the index after the outermost query's SELECT, the first one outside of all parentheses. */
    private static int firstOfList(List<Token> tokens) {
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            depth += opens(tokens.get(i)) ? 1 : 0;
            depth -= closes(tokens.get(i)) ? 1 : 0;
            if (depth == 0 && tokens.get(i).is("SELECT")) {
                boolean all = i + 1 < tokens.size()
                        && (tokens.get(i + 1).is("DISTINCT")
                                || tokens.get(i + 1).is("ALL"));
                return i + (all ? 2 : 1);
            }
        }
        return tokens.size();
    }

    private static boolean opens(Token token) {
        return token.isSymbol('(') || token.isSymbol('[');
    }

    private static boolean closes(Token token) {
        return token.isSymbol(')') || token.isSymbol(']');
    }

    private static boolean endsList(Token token) {
        return token.is("FROM") || token.is("LIMIT") || token.is("UNION") || token.is("CONFIG");
    }

    /** Returns the name of a column: its alias, the column itself, or "" if it has none. */
    private static String name(List<Token> item) {
        int last = item.size() - 1;
        if (last < 0 || !named(item.get(last))) {
            return "";
        }
        boolean alias = last >= 1 && item.get(last - 1).is("AS");
        boolean column = last == 0
                || (last == 2 && item.get(1).isSymbol('.'))
                || (last == 4 && item.get(3).isSymbol('.'));
        boolean implicit = last >= 1 && (item.get(last - 1).isSymbol(')') || (last == 1 && named(item.get(0))));
        return alias || column || implicit ? item.get(last).value() : "";
    }

    private static boolean named(Token token) {
        return token.kind() == TokenKind.NAME
                || (token.kind() == TokenKind.WORD
                        && !Character.isDigit(token.text().charAt(0))
                        && !reserved(token));
    }

    private static boolean reserved(Token token) {
        return token.is("NULL") || token.is("TRUE") || token.is("FALSE") || token.is("END");
    }
}
