/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Path;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of a task on a worker of 3.1.4, through bash and Python. */
@Timeout(Patience.WHOLE_TEST)
class MlflowTaskTest {

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    private static MlflowTask run(TestNode node) {
        MlflowTask task = new MlflowTask(node.context());
        task.init();
        task.handle(null);
        return task;
    }

    /** The program gets as far as the machine's own state: a stop of what is not there succeeds and names what is. */
    @Test
    void theProgramRunsInTheWorkersShell() {
        MlflowTask task = run(TestNode.of("MLFLOW", directory)
                .environment("export HOME='" + directory + "'")
                .field("mlflowTaskType", "MLflow Models")
                .field("mlflowTrackingUri", "http://ann:hush-hush@127.0.0.1:1")
                .field("deployModelKey", "models:/it's $(touch MARK) `x`/3")
                .in("mlflow.deployAction", "stop"));
        assertEquals(TaskExecutionStatus.SUCCESS, task.getExitStatus(), log.text());
        assertTrue(
                log.text().contains("there is no deployment 'it-s-touch-MARK-x-7000' of this user on this worker"),
                log.text());
        assertFalse(log.text().contains("hush-hush"), log.text());
    }

    @Test
    void faultsOfTheFormRunNothing() {
        MlflowTask task = run(TestNode.of("MLFLOW", directory).field("mlflowTaskType", "MLflow Models"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("mlflowTrackingUri: it is empty; give the address of an MLflow server"));
        assertTrue(log.text().contains("deployModelKey: it is empty; use models:/name/3"), log.text());
    }

    @Test
    void anUnknownTypeOfTaskIsNamed() {
        MlflowTask task = run(TestNode.of("MLFLOW", directory).field("mlflowTaskType", "MLflow Recipes"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(
                log.text()
                        .contains("mlflowTaskType: \"MLflow Recipes\" is not a type of task; use MLflow Projects or"
                                + " MLflow Models."),
                log.text());
    }

    /** The program looks for the server before it does anything else. */
    @Test
    void aProjectOfAServerThatIsNotThere() {
        MlflowTask task = run(TestNode.of("MLFLOW", directory)
                .field("mlflowTaskType", "MLflow Projects")
                .field("mlflowTrackingUri", "http://ann:hush-hush@127.0.0.1:1")
                .field("mlflowProjectRepository", "my $(touch MARK) proj")
                .field("params", "-P api_key=k3y-of-mine"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(
                log.text().contains("mlflowTrackingUri: the tracking server http://127.0.0.1:1 does not answer ("),
                log.text());
        assertFalse(log.text().contains("hush-hush"), log.text());
        assertFalse(log.text().contains("k3y-of-mine"), log.text());
        assertFalse(directory.resolve("MARK").toFile().exists());
    }
}
