/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static io.github.dolphinml.hardening.FuzzedField.choice;
import static io.github.dolphinml.hardening.FuzzedField.form;
import static io.github.dolphinml.hardening.FuzzedField.nothing;
import static io.github.dolphinml.hardening.FuzzedField.outputName;
import static io.github.dolphinml.hardening.FuzzedField.parameter;
import static io.github.dolphinml.hardening.FuzzedField.parameterName;
import static io.github.dolphinml.hardening.FuzzedField.part;
import static io.github.dolphinml.hardening.FuzzedField.text;
import static io.github.dolphinml.hardening.FuzzedField.throughPlaceholder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.mlflow.MlflowParameters;
import io.github.dolphinml.mlflow.config.ProjectRun;
import io.github.dolphinml.mlflow.config.ProjectRunReader;
import io.github.dolphinml.mlflow.plan.ProjectPlanner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** An MLFLOW node of the type MLflow Projects: a project of the user's, or a preset. */
enum FuzzedProject implements FuzzedTask {
    /** A project of the user's. */
    CUSTOM {
        @Override
        TestNode job(TestNode node) {
            return node.field("mlflowJobType", "CustomProject").field("mlflowProjectRepository", "/projects/one");
        }

        @Override
        List<FuzzedField> ownFields() {
            return Arrays.asList(
                    form("mlflowProjectRepository", of("command", "repository"))
                            .wrapped(hostile -> "/projects/" + hostile),
                    repository(),
                    form("params", (request, value) -> words(request, value))
                            .wrapped(hostile -> "-P " + Quoted.word("a=" + hostile.replace("$", "dollar"))),
                    FuzzedField.of(
                            "params through a placeholder",
                            Arrays.asList("params", "payload"),
                            (node, value) ->
                                    node.field("params", "-P a=${payload}").global("payload", value),
                            (request, value) -> part(part(request, PART), "command")
                                    .putArray("words")
                                    .add("-P")
                                    .add("a=" + value)),
                    parameter("mlflow.entryPoint", of("command", "entryPoint")),
                    parameter("mlflow.backend", of("command", "backend")));
        }
    },
    /** A preset. */
    PRESET {
        @Override
        TestNode job(TestNode node) {
            return node.field("mlflowJobType", "BasicAlgorithm")
                    .field("dataPath", "/data/train.csv")
                    .field("registerModel", true)
                    .field("modelName", "model");
        }

        @Override
        List<FuzzedField> ownFields() {
            return Arrays.asList(
                    form("dataPath", of("preset", "dataPath")),
                    form("modelName", of("preset", "modelName")),
                    form("params", of("preset", "params")),
                    form("searchParams", of("preset", "searchParams")),
                    form("algorithm", nothing()).refusing(),
                    form("isSearchParams", nothing()).refusing(),
                    form("registerModel", nothing()).refusing().wrapped(hostile -> hostile + " none"),
                    parameter("mlflow.labelColumn", of("preset", "labelColumn")),
                    parameter("mlflow.promoteIf", of("preset", "promoteIf")),
                    throughPlaceholder("dataPath", of("preset", "dataPath")));
        }
    };

    private static final String PART = "project";
    private static final String SERVER = "http://127.0.0.1:5000/";

    abstract TestNode job(TestNode node);

    abstract List<FuzzedField> ownFields();

    @Override
    public TestNode node(Path directory) {
        return job(TestNode.of("MLFLOW", directory)
                .field("mlflowTaskType", "MLflow Projects")
                .field("mlflowTrackingUri", SERVER));
    }

    @Override
    public FuzzedField environment() {
        return parameter("mlflow.environment");
    }

    @Override
    public List<FuzzedField> fields() {
        List<FuzzedField> fields = new ArrayList<>(Arrays.asList(
                form("mlflowTrackingUri", text(PART, "trackingUri")).wrapped(hostile -> SERVER + hostile),
                form("experimentName", text(PART, "experimentName")),
                form("mlflowJobType", nothing()).refusing().wrapped(hostile -> hostile + " none"),
                choice("mlflow.envManager"),
                choice("mlflow.preset_repository"),
                choice("environment.refresh"),
                parameter("mlflow.outputs", (request, value) -> part(request, PART)
                                .putArray("outputs")
                                .add(value.trim()))
                        .wrapped(hostile -> "metric " + hostile.replace(",", "")),
                parameter("plain"),
                parameterName(),
                outputName()));
        fields.addAll(ownFields());
        return fields;
    }

    /** With a version, which counts for an address only. */
    private static FuzzedField repository() {
        return FuzzedField.of(
                "mlflowProjectVersion",
                Arrays.asList("mlflowProjectVersion", "mlflowProjectRepository"),
                (node, value) -> node.field("mlflowProjectRepository", "https://host/one.git")
                        .field("mlflowProjectVersion", value),
                (request, value) -> {
                    part(part(request, PART), "command").put("repository", "https://host/one.git");
                    of("command", "version").accept(request, value);
                });
    }

    private static void words(ObjectNode request, String value) {
        part(part(request, PART), "command")
                .putArray("words")
                .add("-P")
                .add(Quoted.inner(value.substring("-P ".length())));
    }

    private static BiConsumer<ObjectNode, String> of(String part, String key) {
        return (request, value) -> {
            if (!value.trim().isEmpty()) {
                part(part(request, PART), part).put(key, value.trim());
            }
        };
    }

    @Override
    public Node read(TaskExecutionContext context) {
        return new Node(MlParameters.read(context.getTaskParams(), new MlflowParameters()), context);
    }

    @Override
    public ExecutionPlan plan(Node node, ControlDirectory control) {
        ProjectRun run = new ProjectRunReader(node).read();
        node.problems().throwIfAny();
        Set<String> secrets = node.secretValues();
        secrets.addAll(run.secrets());
        return new ProjectPlanner(node, control, secrets).plan(run);
    }
}
