/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.openmldb.statement.SqlScript;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A validated run of statements. */
public final class StatementRun {

    private final NodeEnvironment environment;
    private final String zk;
    private final String zkPath;
    private final ExecuteMode executeMode;
    private final SqlScript script;
    private final List<String> outputs;
    private final String runKey;
    private final String workingDirectory;
    private final OptionValues options;

    private StatementRun(Builder builder) {
        environment = builder.environment;
        zk = builder.zk;
        zkPath = builder.zkPath;
        executeMode = builder.executeMode;
        script = builder.script;
        outputs = Collections.unmodifiableList(new ArrayList<>(builder.outputs));
        runKey = builder.runKey;
        workingDirectory = builder.workingDirectory;
        options = builder.options;
    }

    /** The environment with the SDK; with an API server, any Python will do. */
    public NodeEnvironment environment() {
        return environment;
    }

    /** The servers of ZooKeeper, as {@code host:port,host:port}. */
    public String zk() {
        return zk;
    }

    /** OpenMLDB's root path in ZooKeeper; begins with a slash. */
    public String zkPath() {
        return zkPath;
    }

    /** The API server, if the statements go through one. */
    public Optional<ApiServer> apiServer() {
        return options.find(OpenmldbOptions.API_SERVER);
    }

    /** The execution mode in which the session starts. */
    public ExecuteMode executeMode() {
        return executeMode;
    }

    /** The statements; at least one. */
    public SqlScript script() {
        return script;
    }

    /** The names of the declared output parameters. */
    public List<String> outputs() {
        return outputs;
    }

    /** The key that all attempts of a task share; empty if DolphinScheduler provides none. */
    public Optional<String> runKey() {
        return Optional.ofNullable(runKey);
    }

    /** The task's working directory, an absolute path. */
    public String workingDirectory() {
        return workingDirectory;
    }

    /** How long each job may run; empty for no limit. */
    public Optional<Duration> jobTimeout() {
        return options.find(OpenmldbOptions.JOB_TIMEOUT).map(Duration::ofSeconds);
    }

    /** How often a job's state is queried. */
    public Duration pollInterval() {
        return Duration.ofSeconds(options.get(OpenmldbOptions.POLL_INTERVAL));
    }

    /** The folder for rows as CSV: an absolute path, or one relative to the task's directory; empty if none are saved. */
    public Optional<String> resultFolder() {
        String value = options.get(OpenmldbOptions.RESULT_CSV);
        if (value.equalsIgnoreCase("false")) {
            return Optional.empty();
        }
        return Optional.of(value.equalsIgnoreCase("true") ? workingDirectory : value);
    }

    /** OpenMLDB's user, if the node names one. */
    public Optional<String> user() {
        return options.find(OpenmldbOptions.USER);
    }

    /** The user's password. */
    public Optional<String> password() {
        return options.find(OpenmldbOptions.PASSWORD);
    }

    /** The folder for records of running jobs, if the operator sets one. */
    public Optional<String> recordDirectory() {
        return options.find(OpenmldbOptions.RECORD_DIRECTORY);
    }

    /** Collects the parts of a run. */
    static final class Builder {

        private NodeEnvironment environment;
        private String zk;
        private String zkPath;
        private ExecuteMode executeMode;
        private SqlScript script;
        private List<String> outputs;
        private String runKey;
        private String workingDirectory;
        private OptionValues options;

        Builder environment(NodeEnvironment value) {
            environment = value;
            return this;
        }

        Builder cluster(String servers, String path) {
            zk = servers;
            zkPath = path;
            return this;
        }

        Builder statements(ExecuteMode mode, SqlScript statements) {
            executeMode = mode;
            script = statements;
            return this;
        }

        Builder task(List<String> outputNames, String key, String directory) {
            outputs = outputNames;
            runKey = key;
            workingDirectory = directory;
            return this;
        }

        Builder options(OptionValues values) {
            options = values;
            return this;
        }

        StatementRun build() {
            return new StatementRun(this);
        }
    }
}
