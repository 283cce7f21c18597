/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.plan;

import io.github.dolphinml.common.testing.GoldenPlan;
import io.github.dolphinml.jupyter.JupyterParameters;
import io.github.dolphinml.jupyter.config.NotebookRunReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plans of notebook runs, held to the folders of golden/. */
class GoldenPlanTest {

    @TempDir
    Path directory;

    static Stream<Path> cases() throws IOException {
        return GoldenPlan.cases("");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theWholePlan(Path golden) throws IOException {
        GoldenPlan.check(golden, "JUPYTER", new JupyterParameters(), directory, (node, control) -> new NotebookPlanner(
                        node, control, node.secretValues())
                .plan(new NotebookRunReader(node).read()));
    }
}
