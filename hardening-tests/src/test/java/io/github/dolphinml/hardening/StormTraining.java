/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.mlflow.MlflowTask;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A project of MLflow that trains until it is killed; a real tracking server records its runs. */
final class StormTraining implements StormTask, AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PROJECT = "name: storm\nentry_points:\n  main:\n    parameters:\n"
            + "      hangs: string\n    command: \"python train.py {hangs}\"\n";

    private final StormServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    /** Starts the server, and does not wait for it. */
    StormTraining(Path folder) throws IOException {
        server = new StormServer(
                "tracking.py", folder, folder.resolve("tracking").toString());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    @Override
    public void requireServer() throws IOException {
        server.requireAlive();
    }

    @Override
    public int longest() {
        return 10_000;
    }

    @Override
    public TestNode node(Path place, boolean hangs) throws IOException {
        Path project = place.resolve("project of the user");
        StormPlaces.write(project.resolve("MLproject"), PROJECT);
        StormPlaces.copy("train.py", project);
        return TestNode.of("MLFLOW", place)
                .field("mlflowTaskType", "MLflow Projects")
                .field("mlflowJobType", "CustomProject")
                .field("mlflowTrackingUri", server.address())
                .field("experimentName", experiment(place))
                .field("mlflowProjectRepository", project.toString())
                .field("params", "-P hangs=" + hangs)
                .in("mlflow.environment", StormPlaces.python());
    }

    private static String experiment(Path place) {
        return "storm " + place.getFileName();
    }

    @Override
    public String check(Path place, boolean killed, boolean inTime) throws Exception {
        List<String> statuses = statuses(experiment(place));
        if (killed && !inTime && statuses.contains("RUNNING")) {
            return " (killed hard, so its run is left RUNNING)";
        }
        if (killed) {
            statuses.removeAll(Collections.singleton("KILLED"));
            assertEquals(Collections.emptyList(), statuses, "runs that are not closed as KILLED");
        } else {
            assertEquals(1, Collections.frequency(statuses, "FINISHED"), statuses::toString);
        }
        return "";
    }

    private List<String> statuses(String experiment) throws Exception {
        List<String> ids = new ArrayList<>();
        for (JsonNode each :
                ask("experiments/search", "{\"max_results\": 1000}").path("experiments")) {
            if (each.get("name").textValue().equals(experiment)) {
                ids.add(each.get("experiment_id").textValue());
            }
        }
        List<String> statuses = new ArrayList<>();
        String query = "{\"experiment_ids\": " + JSON.writeValueAsString(ids) + "}";
        for (JsonNode run : ids.isEmpty()
                ? JSON.createArrayNode()
                : ask("runs/search", query).path("runs")) {
            statuses.add(run.at("/info/status").textValue());
        }
        return statuses;
    }

    private JsonNode ask(String what, String question) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + "/api/2.0/mlflow/" + what))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(question))
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
        return JSON.readTree(answer.body());
    }

    @Override
    public AbstractTask task(TaskExecutionContext context) {
        return new MlflowTask(context);
    }

    @Override
    public String toString() {
        return "TRAINING";
    }
}
