/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.jupyter.JupyterTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A notebook whose environment is built first, by real pip from the package index. */
final class StormEnvironment implements StormTask {

    @Override
    public int longest() {
        return 15_000;
    }

    @Override
    public TestNode node(Path place, boolean hangs) throws IOException {
        Path notebook = StormPlaces.write(
                place.resolve("in.ipynb"), StormNotebook.notebook(hangs ? "import time; time.sleep(900)" : "1"));
        Path requirements = StormPlaces.write(
                place.resolve("requirements.txt"),
                new String(Files.readAllBytes(StormPlaces.project().resolve("examples/requirements-demo.txt")))
                        .replaceAll("(?m)^(?!papermill|ipykernel).*\n", ""));
        return TestNode.of("JUPYTER", place)
                .field("condaEnvName", requirements.toString())
                .field("inputNotePath", notebook.toString())
                .field("outputNotePath", place.resolve("out.ipynb").toString());
    }

    @Override
    public AbstractTask task(TaskExecutionContext context) {
        return new JupyterTask(context);
    }

    @Override
    public String toString() {
        return "ENVIRONMENT";
    }
}
