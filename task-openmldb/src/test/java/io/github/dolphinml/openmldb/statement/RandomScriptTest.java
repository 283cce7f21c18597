/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What holds for every script, tried on random ones. The seed of a failure is in its message. */
class RandomScriptTest {

    private static final String[] PIECES = {
        "SELECT",
        "a",
        "1",
        " ",
        "\n",
        "\r\n",
        "\t",
        ",",
        "(",
        ")",
        "=",
        "'x'",
        "'a;b'",
        "'it''s'",
        "'\\'; '",
        "\"d;\"",
        "\"\"\"t';\n\"\"\"",
        "'''q\";'''",
        "`n;`",
        "-- c; '\n",
        "# c; \"\r\n",
        "/* ; ' */",
        "-",
        "/",
        "*",
        "中",
        "\ud83d\ude00",
        "\u3000"
    };

    private static final String RAW = "ab '\"`\\;-#/*\n\r中\u00a0";

    @Test
    void theTokensPutTogetherAreTheScript() {
        for (int seed = 0; seed < 20_000; seed++) {
            String script = raw(new Random(seed));
            try {
                String joined = Lexer.tokens(script).stream().map(Token::text).collect(Collectors.joining());
                assertEquals(script, joined, "seed " + seed);
            } catch (UnclosedException unclosed) {
                // Most of such scripts leave a quote open; those that do not are what is tried here.
            }
        }
    }

    @Test
    void theStatementsAreThoseThatWereJoined() throws UnclosedException {
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            List<String> expected = new ArrayList<>();
            StringBuilder script = new StringBuilder();
            for (int i = random.nextInt(5); i >= 0; i--) {
                String statement = "S" + pieces(random) + "E";
                expected.add(statement);
                script.append(random.nextBoolean() ? " \n" : "/*;*/").append(statement);
                script.append(random.nextBoolean() ? ";" : " -- '\n;;");
            }
            List<String> found = SqlScript.of(script.toString()).statements().stream()
                    .map(Statement::text)
                    .collect(Collectors.toList());
            assertEquals(expected, found, "seed " + seed);
        }
    }

    private static String pieces(Random random) {
        StringBuilder statement = new StringBuilder(" ");
        for (int i = random.nextInt(12); i > 0; i--) {
            statement.append(PIECES[random.nextInt(PIECES.length)]).append(' ');
        }
        return statement.toString();
    }

    private static String raw(Random random) {
        StringBuilder script = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            script.append(RAW.charAt(random.nextInt(RAW.length())));
        }
        return script.toString();
    }
}
