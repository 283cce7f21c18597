/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.mlflow.MlflowTask;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** The deployment of a model as a process of this machine. */
final class StormDeployment implements StormTask {

    /** What the names of all deployments begin with. */
    static final String NAME = "storm-" + ProcessHandle.current().pid() + "-";

    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger(20_000 + (int) (ProcessHandle.current().pid() * 37 % 4000));

    private final Path model;
    private final String store;

    StormDeployment(Path folder) throws Exception {
        model = folder.resolve("model");
        store = "sqlite:///" + folder.resolve("mlflow.db");
        Path program = StormPlaces.copy("model.py", folder);
        int code = new ProcessBuilder(StormPlaces.python() + "/bin/python", program.toString(), model.toString(), store)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("model.log").toFile())
                .start()
                .waitFor();
        assertEquals(0, code, new String(Files.readAllBytes(folder.resolve("model.log"))));
    }

    @Override
    public int longest() {
        return 10_000;
    }

    @Override
    public TestNode node(Path place, boolean hangs) throws IOException {
        Path marker = place.resolve("hangs");
        if (hangs) {
            StormPlaces.write(marker, "the prediction");
        } else {
            Files.deleteIfExists(marker);
        }
        return deployment(place).field("deployPort", Integer.toString(port(place)));
    }

    @Override
    public String environment(Path place) {
        return "export STORM_PLACE='" + place + "'\n";
    }

    @Override
    public TestNode undo(Path place) {
        return deployment(place).in("mlflow.deployAction", "stop");
    }

    private TestNode deployment(Path place) {
        return TestNode.of("MLFLOW", place)
                .field("mlflowTaskType", "MLflow Models")
                .field("mlflowTrackingUri", store)
                .field("deployModelKey", model.toString())
                .in("mlflow.deploymentName", name(place))
                .in("mlflow.host", "127.0.0.1")
                .in("mlflow.environment", StormPlaces.python());
    }

    static String name(Path place) {
        return NAME + place.getFileName();
    }

    /** The same port for all runs of a place. */
    private static int port(Path place) throws IOException {
        Path file = place.resolve("port");
        if (!Files.exists(file)) {
            StormPlaces.write(file, Integer.toString(freePort()));
        }
        return Integer.parseInt(new String(Files.readAllBytes(file)));
    }

    /** One that the kernel gives to nobody who asks for any, and that no other deployment of these tests has. */
    private static int freePort() {
        while (true) {
            int port = NEXT_PORT.getAndIncrement();
            try (ServerSocket socket = new ServerSocket(port)) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // Somebody else's; the next one then.
            }
        }
    }

    @Override
    public AbstractTask task(TaskExecutionContext context) {
        return new MlflowTask(context);
    }

    @Override
    public String toString() {
        return "DEPLOYMENT";
    }
}
