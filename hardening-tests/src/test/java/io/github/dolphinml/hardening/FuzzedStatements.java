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
import io.github.dolphinml.openmldb.OpenmldbParameters;
import io.github.dolphinml.openmldb.config.StatementRun;
import io.github.dolphinml.openmldb.config.StatementRunReader;
import io.github.dolphinml.openmldb.plan.StatementPlanner;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** An OPENMLDB node. */
final class FuzzedStatements implements FuzzedTask {

    private static final String PART = "statements";

    @Override
    public TestNode node(Path directory) {
        return TestNode.of("OPENMLDB", directory)
                .field("zk", "127.0.0.1:2181")
                .field("zkPath", "/openmldb")
                .field("executeMode", "offline")
                .field("sql", "SELECT 1");
    }

    @Override
    public FuzzedField environment() {
        return parameter("openmldb.environment");
    }

    @Override
    public List<FuzzedField> fields() {
        return Arrays.asList(
                form("zk", (request, value) -> servers(request, value)),
                form("zkPath", (request, value) -> path(request, value)).wrapped(hostile -> "/" + hostile),
                form("executeMode", nothing()).refusing(),
                form("sql", (request, value) -> sql(request, value)).wrapped(FuzzedStatements::selected),
                throughPlaceholder("sql", (request, value) -> sql(request, value))
                        .wrapped(FuzzedStatements::selected),
                choice("openmldb.apiServer"),
                choice("openmldb.jobTimeout"),
                choice("openmldb.pollInterval"),
                choice("openmldb.recordDir"),
                parameter("openmldb.resultCsv", text(PART, "resultCsv")).wrapped(hostile -> "rows/" + hostile),
                parameter("openmldb.user", text(PART, "user")),
                FuzzedField.of(
                        "openmldb.password",
                        Arrays.asList("openmldb.password"),
                        (node, value) -> node.in("openmldb.user", "root").in("openmldb.password", value),
                        (request, value) -> password(request, value)),
                choice("environment.refresh"),
                choice("output.limit"),
                choice("secrets.names"),
                parameter("plain"),
                parameterName(),
                outputName());
    }

    private static void servers(ObjectNode request, String value) {
        if (value.trim().isEmpty()) {
            throw new AssertionError("zk was taken, and it is empty");
        }
        part(request, PART).put("zk", value.trim().replaceAll("\\s+", ""));
    }

    private static void path(ObjectNode request, String value) {
        String path = value.trim();
        boolean slash = path.length() > 1 && path.endsWith("/");
        part(request, PART).put("zkPath", slash ? path.substring(0, path.length() - 1) : path);
    }

    private static void sql(ObjectNode request, String value) {
        ((ObjectNode) request.at("/statements/list/0")).put("text", value).put("head", "");
    }

    /** A statement that selects the text as a string. */
    private static String selected(String hostile) {
        return "SELECT '" + hostile.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    private static void password(ObjectNode request, String value) {
        Set<String> secrets = new LinkedHashSet<>(Arrays.asList(value, value.trim()));
        secrets.remove("");
        secrets.forEach(request.withArray("secrets")::add);
        text(PART, "password").accept(request, value);
        part(request, PART).put("user", "root");
    }

    @Override
    public Node read(TaskExecutionContext context) {
        return new Node(MlParameters.read(context.getTaskParams(), new OpenmldbParameters()), context);
    }

    @Override
    public ExecutionPlan plan(Node node, ControlDirectory control) {
        StatementRun run = new StatementRunReader(node).read();
        node.problems().throwIfAny();
        Set<String> secrets = node.secretValues();
        run.password().ifPresent(secrets::add);
        return new StatementPlanner(node, control, secrets).plan(run);
    }
}
