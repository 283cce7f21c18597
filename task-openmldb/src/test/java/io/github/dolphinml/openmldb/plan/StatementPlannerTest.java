/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.github.dolphinml.openmldb.statement.SqlScript;
import io.github.dolphinml.openmldb.statement.Statement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StatementPlannerTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    static List<Path> scenarios() throws IOException {
        try (Stream<Path> files = Files.list(Paths.get("src/test/resources/scenarios"))) {
            return files.sorted().collect(Collectors.toList());
        }
    }

    /** The Python tests take the list of a scenario as their input: it has to be what this side makes of the SQL. */
    @ParameterizedTest
    @MethodSource("scenarios")
    void statementsAreDescribedAsTheProgramReadsThem(Path scenario) throws Exception {
        JsonNode expected = JSON.readTree(Files.readAllBytes(scenario));
        ArrayNode list = JSON.createArrayNode();
        for (Statement statement : SqlScript.of(expected.path("sql").asText()).statements()) {
            list.add(JSON.valueToTree(StatementPlanner.described(statement)));
        }
        assertEquals(expected.path("list"), list);
    }
}
