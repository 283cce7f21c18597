/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.plan;

import io.github.dolphinml.common.environment.EnvironmentSteps;
import io.github.dolphinml.common.environment.EnvironmentSteps.PythonOrder;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.ProgramPlanner;
import io.github.dolphinml.common.task.PythonProgram;
import io.github.dolphinml.openmldb.config.ApiServer;
import io.github.dolphinml.openmldb.config.StatementRun;
import io.github.dolphinml.openmldb.statement.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans a run: activate the environment, then run {@code run_statements.py} on the request. */
public final class StatementPlanner extends ProgramPlanner {

    private static final PythonProgram PROGRAM = PythonProgram.of("openmldb/run_statements.py", "openmldb");

    /**
     * @param secrets values that the program must keep out of logs, messages and reports
     */
    public StatementPlanner(Node node, ControlDirectory control, Set<String> secrets) {
        super(node, control, secrets);
    }

    /** Plans a run. */
    public ExecutionPlan plan(StatementRun run) {
        // The API server needs only the standard library.
        String[] packages = run.apiServer().isPresent() ? new String[0] : new String[] {"openmldb"};
        EnvironmentSteps environment = run.environment().steps(control(), PythonOrder.HOME_FIRST, packages);
        return plan(environment, PROGRAM, "statements", request(run));
    }

    /** The program's part of the request; its keys are described in the program. */
    static Map<String, Object> request(StatementRun run) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("apiServer", run.apiServer().map(ApiServer::address).orElse(null));
        request.put("zk", run.zk());
        request.put("zkPath", run.zkPath());
        request.put("user", run.user().orElse(null));
        request.put(
                "password",
                run.password()
                        .map(password -> SecretReference.inRequest("openmldb.password", password))
                        .orElse(null));
        request.put("executeMode", run.executeMode().word());
        request.put("setsSyncJob", run.script().sets("sync_job"));
        request.put(
                "list",
                run.script().statements().stream()
                        .map(StatementPlanner::described)
                        .collect(Collectors.toList()));
        request.put("jobTimeout", run.jobTimeout().map(Duration::getSeconds).orElse(null));
        request.put("pollInterval", run.pollInterval().getSeconds());
        request.put("resultCsv", run.resultFolder().orElse(null));
        request.put("runKey", run.runKey().orElse(null));
        request.put("recordDir", run.recordDirectory().orElse(null));
        return request;
    }

    /** Returns a statement in the form of the request. */
    static Map<String, Object> described(Statement statement) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("number", statement.number());
        described.put("line", statement.line());
        described.put("kind", statement.kind().name());
        described.put("head", statement.head());
        described.put("text", statement.text());
        statement.assignment().filter(set -> !set.global()).ifPresent(set -> {
            described.put("variable", set.variable());
            described.put("value", set.value());
        });
        statement.mode().ifPresent(mode -> described.put("mode", mode));
        statement.database().ifPresent(database -> described.put("database", database));
        if (!statement.columns().isEmpty()) {
            described.put("columns", statement.columns());
        }
        return described;
    }
}
