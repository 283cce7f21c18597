/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import io.github.dolphinml.common.testing.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Assumptions;

/** The deployment of a model in containers of a real engine; the first one also builds the image. */
final class StormContainers implements StormTask, AutoCloseable {

    private static final String LABEL = "io.github.dolphinml.deployment";
    private static final String BUILT_HERE = "dolphinml.storm";

    private final StormDeployment process;
    private final String baseImage;
    private final List<String> before;

    /** Skips the test where there is no engine, or no image to build on. */
    StormContainers(Path folder) throws Exception {
        Said engine = Said.by("docker", "info", "--format", "{{.ServerVersion}}");
        Assumptions.assumeTrue(engine.code == 0, "NO DOCKER ENGINE: no kill meets a container (" + engine.text + ")");
        baseImage = baseImage();
        process = new StormDeployment(folder);
        before = containers("{{.ID}}");
    }

    private static String baseImage() throws Exception {
        String made = System.getenv("DOLPHINML_TEST_BASE_IMAGE");
        if (made != null && !made.isEmpty()) {
            return made;
        }
        Path prepare = StormPlaces.project().resolve("integration-tests/docker/prepare.sh");
        // As .ci/run, which may be making it.
        Said said = Said.by(
                "flock", "/tmp/dolphinml-base-image.lock", prepare.toString(), StormPlaces.python() + "/bin/python");
        Assumptions.assumeTrue(said.code == 0, "NO BASE IMAGE: no kill meets a container (" + said.text + ")");
        return said.lastLine();
    }

    @Override
    public int longest() {
        return 30_000;
    }

    @Override
    public TestNode node(Path place, boolean hangs) throws IOException {
        return of(process.node(place, hangs), place);
    }

    @Override
    public TestNode undo(Path place) {
        return of(process.undo(place), place);
    }

    private TestNode of(TestNode node, Path place) {
        return node.field("deployType", "DOCKER")
                .in("mlflow.baseImage", baseImage)
                .in("mlflow.buildOptions", "--network host --label " + BUILT_HERE + "=" + place.getFileName())
                // Where the model looks whether it has to hang.
                .in("mlflow.runOptions", "--env STORM_PLACE=/storm --volume '" + place + ":/storm:ro'");
    }

    @Override
    public List<String> living(Path place) throws IOException {
        List<String> living = containers("{{.ID}}");
        living.removeAll(before);
        for (String name :
                Said.by("docker", "network", "ls", "--format", "{{.Name}}").words()) {
            if (name.equals("dolphinml-" + StormDeployment.name(place))) {
                living.add("network " + name);
            }
        }
        return living;
    }

    /** All but those of deployments that are none of this test's. */
    private static List<String> containers(String format) throws IOException {
        List<String> found = new ArrayList<>();
        for (String line : Said.by("docker", "ps", "--all", "--format", format + " {{.Label \"" + LABEL + "\"}}")
                .lines()) {
            String[] words = line.split(" ", 2);
            if (words.length < 2 || words[1].isEmpty() || words[1].startsWith(StormDeployment.NAME)) {
                found.add(words[0]);
            }
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        List<String> remove = new ArrayList<>(Arrays.asList("docker", "image", "rm", "--force"));
        remove.addAll(Said.by("docker", "image", "ls", "--quiet", "--filter", "label=" + BUILT_HERE)
                .words());
        Said.by(remove.toArray(new String[0]));
    }

    @Override
    public AbstractTask task(TaskExecutionContext context) {
        return process.task(context);
    }

    @Override
    public String toString() {
        return "CONTAINERS";
    }

    /** What a program said, and its exit code. */
    private static final class Said {

        private final int code;
        private final String text;

        private Said(int code, String text) {
            this.code = code;
            this.text = text;
        }

        private static Said by(String... argv) throws IOException {
            try {
                Process process =
                        new ProcessBuilder(argv).redirectErrorStream(true).start();
                String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
                return new Said(process.waitFor(), text);
            } catch (InterruptedException interrupted) {
                throw new IOException(interrupted);
            } catch (IOException missing) {
                return new Said(-1, missing.getMessage());
            }
        }

        private List<String> lines() {
            return text.isEmpty() ? new ArrayList<>() : Arrays.asList(text.split("\n"));
        }

        private List<String> words() {
            return text.isEmpty() ? new ArrayList<>() : Arrays.asList(text.split("\\s+"));
        }

        private String lastLine() {
            return text.substring(text.lastIndexOf('\n') + 1);
        }
    }
}
