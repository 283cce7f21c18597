/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.openmldb.OpenmldbTask;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A job of OpenMLDB that runs until it is stopped. */
final class StormStatements implements StormTask, AutoCloseable {

    private static final String LOAD = "LOAD DATA INFILE 'file:///tmp/a.csv' INTO TABLE t";

    private final StormServer zookeeper;

    StormStatements(Path folder) throws IOException {
        zookeeper = new StormServer("zookeeper.py", folder);
    }

    @Override
    public void close() throws IOException {
        zookeeper.close();
    }

    @Override
    public void requireServer() throws IOException {
        zookeeper.requireAlive();
    }

    @Override
    public int longest() {
        return 3000;
    }

    @Override
    public TestNode node(Path place, boolean hangs) throws IOException {
        String states = hangs ? "\"RUNNING\"" : "\"RUNNING\", \"FINISHED\"";
        StormPlaces.write(
                place.resolve("cluster.json"),
                "{\"databases\": [\"d\"], \"statements\": {\"" + LOAD + "\": {\"job\": {\"id\": 12, \"states\": ["
                        + states + "]}}}}");
        return TestNode.of("OPENMLDB", place)
                .field("zk", zookeeper.address())
                .field("zkPath", "/openmldb")
                .field("executeMode", "offline")
                .field("sql", "USE d;\n" + LOAD + ";")
                .in("openmldb.pollInterval", "1")
                .in("openmldb.environment", StormPlaces.python());
    }

    @Override
    public String environment(Path place) {
        return "export PYTHONPATH='" + StormPlaces.project() + "/task-openmldb/src/test/python/double'\n"
                + "export OPENMLDB_DOUBLE='" + place + "/cluster.json' OPENMLDB_DOUBLE_LOG='" + place + "/calls'\n";
    }

    @Override
    public AbstractTask task(TaskExecutionContext context) {
        return new OpenmldbTask(context);
    }

    @Override
    public String toString() {
        return "STATEMENTS";
    }
}
