/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Path;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of a task on a worker of 3.1.4: through HTTP, and through the SDK up to ZooKeeper. */
@Timeout(Patience.WHOLE_TEST)
class OpenmldbTaskTest {

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    private static OpenmldbTask run(TestNode node) {
        OpenmldbTask task = new OpenmldbTask(node.context());
        task.init();
        task.handle(null);
        return task;
    }

    @Test
    void aRowReachesTheVarPoolThroughHttp() throws Exception {
        String cell = "{\\\"k\\\": \\\"a=b) ${x}\\\"}";
        String cluster = "{\"statements\": {\"SELECT j AS payload FROM t\": {\"columns\": [\"payload\"], \"types\":"
                + " [\"String\"], \"rows\": [[\"" + cell + "\"]]}}}";
        try (ApiServerDouble server = new ApiServerDouble(new ObjectMapper().readTree(cluster), directory)) {
            OpenmldbTask task = run(TestNode.of("OPENMLDB", directory)
                    .field("sql", "SELECT j AS payload FROM t")
                    .field("executeMode", "online")
                    .in("openmldb.apiServer", server.address())
                    .out("payload", DataType.VARCHAR));
            assertEquals(TaskExecutionStatus.SUCCESS, task.getExitStatus(), log.text());
            Property payload = task.getParameters().getVarPool().get(0);
            assertEquals("payload", payload.getProp());
            assertEquals("{\"k\": \"a=b) ${x}\"}", payload.getValue());
        }
    }

    @Test
    void anApiServerThatIsNotThereIsTheLastLine() {
        OpenmldbTask task = run(
                TestNode.of("OPENMLDB", directory).field("sql", "SHOW TABLES").in("openmldb.apiServer", "127.0.0.1:1"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().trim().endsWith("check the address and that it is up."), log.text());
    }

    @Test
    void theProgramRunsInTheWorkersShellUpToZooKeeper() {
        OpenmldbTask task = run(TestNode.of("OPENMLDB", directory)
                .field("sql", "SELECT 'it''s $(touch MARK) `x`; \"';")
                .field("zk", "127.0.0.1:1")
                .field("zkPath", "/openmldb")
                .in("openmldb.user", "root")
                .in("openmldb.password", "hush-hush"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus(), log.text());
        assertTrue(
                log.text().contains("zk: no ZooKeeper can be reached (127.0.0.1:1: Connection refused);"), log.text());
        assertFalse(log.text().contains("hush-hush"), log.text());
        assertFalse(log.text().contains("Traceback"), log.text());
    }

    @Test
    void faultsOfTheFormRunNothing() {
        OpenmldbTask task =
                run(TestNode.of("OPENMLDB", directory).field("sql", "").field("zkPath", "x"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("sql: it is empty; write at least one statement."), log.text());
        assertTrue(log.text().contains("zk: it is empty;"), log.text());
        assertTrue(log.text().contains("zkPath: \"x\" does not begin with a slash;"), log.text());
    }
}
