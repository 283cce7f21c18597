/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.dvc.plan;

import io.github.dolphinml.common.testing.GoldenPlan;
import io.github.dolphinml.dvc.DvcParameters;
import io.github.dolphinml.dvc.config.DataRun;
import io.github.dolphinml.dvc.config.DataRunReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The plans of DVC nodes, held to the folders of golden/. */
class DataPlanTest {

    @TempDir
    Path directory;

    static Stream<Path> cases() throws IOException {
        return GoldenPlan.cases("");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theWholePlan(Path golden) throws IOException {
        GoldenPlan.check(golden, "DVC", new DvcParameters(), directory, (node, control) -> {
            DataRun run = new DataRunReader(node).read();
            Set<String> secrets = new LinkedHashSet<>(node.secretValues());
            secrets.addAll(run.secrets());
            return new DataPlanner(node, control, secrets).plan(run);
        });
    }
}
