/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.plan;

import io.github.dolphinml.common.testing.GoldenPlan;
import io.github.dolphinml.mlflow.MlflowParameters;
import io.github.dolphinml.mlflow.config.ProjectRunReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plans of project runs, held to the folders of golden/project/. */
class ProjectPlanTest {

    @TempDir
    Path directory;

    static Stream<Path> cases() throws IOException {
        return GoldenPlan.cases("project");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theWholePlan(Path golden) throws IOException {
        GoldenPlan.check(golden, "MLFLOW", new MlflowParameters(), directory, (node, control) -> new ProjectPlanner(
                        node, control, node.secretValues())
                .plan(new ProjectRunReader(node).read()));
    }
}
