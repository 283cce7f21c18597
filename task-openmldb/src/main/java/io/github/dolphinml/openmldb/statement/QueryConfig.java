/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The {@code CONFIG (key = value, ...)} at the end of a query. */
final class QueryConfig {

    private QueryConfig() {}

    /** Returns the mode, in lower case, that the query sets for itself regardless of the session. */
    static Optional<String> mode(List<Token> tokens) {
        int depth = 0;
        boolean config = false;
        for (int i = 0; i + 2 < tokens.size(); i++) {
            Token token = tokens.get(i);
            config |= depth == 0 && token.is("CONFIG") && tokens.get(i + 1).isSymbol('(');
            depth += token.isSymbol('(') || token.isSymbol('[') ? 1 : 0;
            depth -= token.isSymbol(')') || token.isSymbol(']') ? 1 : 0;
            if (config
                    && depth == 1
                    && token.is("EXECUTE_MODE")
                    && tokens.get(i + 1).isSymbol('=')) {
                return Optional.of(tokens.get(i + 2).value().toLowerCase(Locale.ROOT));
            }
        }
        return Optional.empty();
    }
}
