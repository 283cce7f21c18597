/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scripts in the form of OpenMLDB's documentation and demos; see the README beside them. */
class ScriptCorpusTest {

    private static final Path SCRIPTS = Paths.get("src", "test", "resources", "statements");

    static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            List<Path> scripts = files.filter(file -> file.toString().endsWith(".sql"))
                    .sorted()
                    .collect(Collectors.toList());
            assertTrue(scripts.size() >= 8, "scripts are missing");
            return scripts;
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void cutsTheScript(Path script) throws Exception {
        String text = new String(Files.readAllBytes(script), StandardCharsets.UTF_8);
        Path expected = Paths.get(script.toString().replaceAll("\\.sql$", ".expected"));
        List<Statement> statements = SqlScript.of(text).statements();
        List<String> kinds = statements.stream()
                .map(statement -> statement.kind() + " " + statement.line())
                .collect(Collectors.toList());
        assertEquals(Files.readAllLines(expected), kinds);
        int position = 0;
        for (Statement statement : statements) {
            int start = text.indexOf(statement.text(), position);
            assertTrue(start >= 0, statement.toString());
            position = start + statement.text().length();
        }
    }
}
