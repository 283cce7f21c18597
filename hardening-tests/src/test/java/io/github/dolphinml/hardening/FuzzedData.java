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
import io.github.dolphinml.common.data.RepositoryUrl;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.dvc.DvcParameters;
import io.github.dolphinml.dvc.config.DataRun;
import io.github.dolphinml.dvc.config.DataRunReader;
import io.github.dolphinml.dvc.plan.DataPlanner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A DVC node: an upload, or the initialization of a repository. */
enum FuzzedData implements FuzzedTask {
    UPLOAD("Upload") {
        @Override
        List<FuzzedField> own() {
            return Arrays.asList(
                    form("dvcVersion", (request, value) -> optional(request, "version", value)),
                    throughPlaceholder("dvcMessage", (request, value) -> optional(request, "message", value)),
                    form("dvcMessage", (request, value) -> optional(request, "message", value)),
                    form("dvcDataLocation", (request, value) -> location(request, value))
                            .wrapped(hostile -> "data/" + hostile),
                    form("dvcLoadSaveDataPath", text(PART, "path")).wrapped(hostile -> "out/" + hostile),
                    throughPlaceholder("dvcLoadSaveDataPath", text(PART, "path"))
                            .wrapped(hostile -> hostile + "x"),
                    parameter("dvc.gitName", text(PART, "gitName")),
                    parameter("dvc.gitEmail", text(PART, "gitEmail")),
                    parameter("dvc.branch", text(PART, "branch")),
                    choice("dvc.moveTag"),
                    choice("dvc.jobs"),
                    choice("dvc.link"),
                    choice("dvc.cacheDir"),
                    choice("dvc.cacheLimit"));
        }
    },
    CHECK("Check") {
        @Override
        List<FuzzedField> own() {
            return Arrays.asList(
                    form("dvcVersion", (request, value) -> optional(request, "version", value)),
                    parameter("dvc.changedFrom", text(PART, "changedFrom")),
                    choice("dvc.waitTimeout"),
                    choice("dvc.pollInterval"));
        }
    },
    INIT("Init DVC") {
        @Override
        List<FuzzedField> own() {
            return Arrays.asList(
                    form("dvcStoreUrl", text(PART, "storeUrl")).wrapped(hostile -> "/mnt/" + hostile),
                    FuzzedField.of(
                            "dvc.gitPassword",
                            Arrays.asList("dvc.gitPassword"),
                            (node, value) -> node.in("dvc.gitPassword", value),
                            (request, value) -> password(request, value)),
                    parameter("dvc.gitUser", text(PART, "gitUser")),
                    choice("dvc.storeConfig"));
        }
    };

    private static final String PART = "data";

    private final String action;

    FuzzedData(String action) {
        this.action = action;
    }

    /** What only this action has. */
    abstract List<FuzzedField> own();

    @Override
    public TestNode node(Path directory) {
        return TestNode.of("DVC", directory)
                .field("dvcTaskType", action)
                .field("dvcRepository", "/srv/git/data.git")
                .field("dvcVersion", "v1")
                .field("dvcDataLocation", "data/iris.csv")
                .field("dvcLoadSaveDataPath", "iris.csv")
                .field("dvcMessage", "first data")
                .field("dvcStoreUrl", "/mnt/store");
    }

    @Override
    public FuzzedField environment() {
        return parameter("dvc.environment");
    }

    @Override
    public List<FuzzedField> fields() {
        List<FuzzedField> fields = new ArrayList<>(own());
        fields.addAll(Arrays.asList(
                form("dvcTaskType", nothing()).refusing(),
                form("dvcRepository", (request, value) -> repository(request, value))
                        .wrapped(hostile -> "/srv/" + hostile),
                choice("dvc.remote"),
                choice("environment.refresh"),
                choice("output.limit"),
                choice("secrets.names"),
                parameter("plain"),
                parameterName(),
                outputName()));
        return fields;
    }

    /** A field that may be blank; the node has a text in it. */
    private static void optional(ObjectNode request, String key, String value) {
        part(request, PART).put(key, value.trim().isEmpty() ? null : value.trim());
    }

    private static void repository(ObjectNode request, String value) {
        part(request, PART).put("repository", value.trim());
        RepositoryUrl.passwords(value.trim()).forEach(request.withArray("secrets")::add);
    }

    private static void location(ObjectNode request, String value) {
        String path = value.trim();
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        part(request, PART).put("location", path);
    }

    private static void password(ObjectNode request, String value) {
        Set<String> secrets = new LinkedHashSet<>(Arrays.asList(value, value.trim()));
        secrets.remove("");
        secrets.forEach(request.withArray("secrets")::add);
        text(PART, "gitPassword").accept(request, value);
    }

    @Override
    public Node read(TaskExecutionContext context) {
        return new Node(MlParameters.read(context.getTaskParams(), new DvcParameters()), context);
    }

    @Override
    public ExecutionPlan plan(Node node, ControlDirectory control) {
        DataRun run = new DataRunReader(node).read();
        node.problems().throwIfAny();
        Set<String> secrets = node.secretValues();
        secrets.addAll(run.secrets());
        return new DataPlanner(node, control, secrets).plan(run);
    }
}
