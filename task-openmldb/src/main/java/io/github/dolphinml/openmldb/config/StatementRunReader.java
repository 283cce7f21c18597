/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.validate.Problems;
import io.github.dolphinml.openmldb.statement.SqlScript;
import io.github.dolphinml.openmldb.statement.Statement;
import io.github.dolphinml.openmldb.statement.StatementKind;
import io.github.dolphinml.openmldb.statement.UnclosedException;
import java.util.ArrayList;
import java.util.Optional;

/** Reads and validates the form of an OPENMLDB node. */
public final class StatementRunReader {

    private static final String SERVERS = "[^,/\\s]+(,\\s*[^,/\\s]+)*";

    private final Node node;
    private final Problems problems;

    /** Creates a reader for one node. Faults are added to the node's problems. */
    public StatementRunReader(Node node) {
        this.node = node;
        this.problems = node.problems();
    }

    /** Returns the run that the node requests. Use it only if the node has no faults. */
    public StatementRun read() {
        OptionValues options = node.options(OpenmldbOptions.CATALOGUE);
        boolean throughSdk = !options.find(OpenmldbOptions.API_SERVER).isPresent();
        ExecuteMode mode = mode();
        SqlScript script = script();
        new ScriptWarnings(problems).warn(script, mode);
        if (options.find(OpenmldbOptions.PASSWORD).isPresent()
                && !options.find(OpenmldbOptions.USER).isPresent()) {
            problems.add("openmldb.password", "there is no user to it", "set openmldb.user too");
        }
        return new StatementRun.Builder()
                .environment(NodeEnvironment.of(
                        "openmldb.environment",
                        options.find(OpenmldbOptions.ENVIRONMENT).orElse(""),
                        node))
                .cluster(throughSdk ? zk() : "", throughSdk ? zkPath() : "")
                .statements(mode, script)
                .task(
                        new ArrayList<>(node.declaredOutputs().keySet()),
                        node.runKey().orElse(null),
                        node.workingDirectory())
                .options(options)
                .build();
    }

    private String zk() {
        String zk = node.required("zk", "give the servers of ZooKeeper, as in 127.0.0.1:2181");
        if (!zk.isEmpty() && !zk.matches(SERVERS)) {
            problems.add(
                    "zk",
                    Problems.shown(zk) + " is not a list of servers",
                    "use host:port, several separated by commas");
        }
        return zk.replaceAll("\\s+", "");
    }

    private String zkPath() {
        String path = node.required("zkPath", "give OpenMLDB's path in ZooKeeper, as in /openmldb");
        if (!path.isEmpty() && !path.startsWith("/")) {
            problems.add("zkPath", Problems.shown(path) + " does not begin with a slash", "use a path as in /openmldb");
        }
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private ExecuteMode mode() {
        Optional<String> name = node.text("executeMode");
        Optional<ExecuteMode> mode = ExecuteMode.from(name.orElse(ExecuteMode.OFFLINE.word()));
        if (!mode.isPresent()) {
            problems.add("executeMode", Problems.shown(name.get()) + " is not a mode", "use offline or online");
        }
        return mode.orElse(ExecuteMode.OFFLINE);
    }

    /** Reads the script untrimmed, so that line numbers are those in the form. */
    private SqlScript script() {
        String sql = node.freeText("sql").map(node.placeholders()::resolve).orElse("");
        try {
            SqlScript script = SqlScript.of(sql);
            if (script.statements().isEmpty()) {
                String wrong = sql.trim().isEmpty() ? "it is empty" : "there are only comments in it";
                problems.add("sql", wrong, "write at least one statement");
            }
            script.statements().forEach(this::refuseExit);
            return script;
        } catch (UnclosedException unclosed) {
            problems.add("sql", "line " + unclosed.line() + ": " + unclosed.what() + " is not closed", "close it");
            return SqlScript.empty();
        }
    }

    private void refuseExit(Statement statement) {
        if (statement.kind() == StatementKind.EXIT) {
            problems.add(
                    "sql",
                    "statement " + statement + " would end OpenMLDB's client and, through an API server, that server",
                    "leave it out: the session ends with the last statement");
        }
    }
}
