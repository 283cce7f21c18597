/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.kubeflow.plan;

import io.github.dolphinml.common.testing.GoldenPlan;
import io.github.dolphinml.kubeflow.KubeflowParameters;
import io.github.dolphinml.kubeflow.config.ManifestRunReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ManifestPlannerTest {

    @TempDir
    Path directory;

    static Stream<Path> cases() throws IOException {
        return GoldenPlan.cases("");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void thePlanIsTheExpectedOne(Path golden) throws Exception {
        GoldenPlan.check(
                golden, "KUBEFLOW", new KubeflowParameters(), directory, (node, control) -> new ManifestPlanner(
                                node, control, Collections.emptySet())
                        .plan(new ManifestRunReader(node).read()));
    }
}
