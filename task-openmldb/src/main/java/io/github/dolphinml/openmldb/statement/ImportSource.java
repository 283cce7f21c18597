/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a {@code LOAD DATA} statement imports, and how. */
public final class ImportSource {

    private final String path;
    private final Map<String, String> options;

    private ImportSource(String path, Map<String, String> options) {
        this.path = path;
        this.options = options;
    }

    /** Parses {@code LOAD DATA INFILE 'path' INTO TABLE name OPTIONS(key = value, ...)}. */
    static Optional<ImportSource> of(List<Token> tokens) {
        for (int i = 2; i < tokens.size(); i++) {
            if (tokens.get(i).kind() == TokenKind.STRING) {
                return Optional.of(new ImportSource(tokens.get(i).value(), options(tokens, i + 1)));
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> options(List<Token> tokens, int start) {
        Map<String, String> options = new TreeMap<>();
        for (int i = start + 1; i + 1 < tokens.size(); i++) {
            if (tokens.get(i).isSymbol('=')) {
                options.put(
                        tokens.get(i - 1).value().toLowerCase(Locale.ROOT),
                        tokens.get(i + 1).value());
            }
        }
        return options;
    }

    /** The path as the statement has it. */
    public String path() {
        return path;
    }

    /** Whether the path is on the local disk of the machine where the import runs. */
    public boolean localFile() {
        String lower = path.toLowerCase(Locale.ROOT);
        return lower.startsWith("file:") || !lower.matches("[a-z][a-z0-9+.-]*:.*");
    }

    /** Whether the client reads the file itself, without a job. */
    public boolean readByClient() {
        return "local".equalsIgnoreCase(options.get("load_mode"));
    }

    /** Whether the import fails if the table already has data: OpenMLDB's default in offline mode. */
    public boolean errorIfExists() {
        String mode = options.getOrDefault("mode", "error_if_exists").toLowerCase(Locale.ROOT);
        return mode.equals("error_if_exists") || mode.equals("errorifexists");
    }
}
