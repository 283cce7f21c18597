/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.OtherUser;
import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Another user of the machine looks, with real grep and ps, for a secret of a task that is under way. */
@Timeout(Patience.WHOLE_TEST)
class OtherUserTest {

    private static final String PART = "s3cr-" + UUID.randomUUID();

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    @BeforeEach
    void letOthersIn() throws Exception {
        Assumptions.assumeTrue(
                StormPlaces.python() != null,
                "DOLPHINML_TEST_ENVIRONMENT names no Python environment with papermill, ipykernel and MLflow");
        OtherUser.assumeThere();
        // What keeps the other user out must be the modes of our own files.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        StormPlaces.write(directory.resolve("readable"), PART);
    }

    @Test
    void aParameterOfANotebook() throws Exception {
        StormPlaces.write(
                directory.resolve("in.ipynb"),
                StormNotebook.notebook(
                        "print('one', db_password)",
                        "open('" + directory.resolve("started") + "', 'w').close()\nimport time; time.sleep(900)"));
        StormRun run = run(
                StormNotebook.SLEEPS,
                TestNode.of("JUPYTER", directory)
                        .field("condaEnvName", StormPlaces.python())
                        .field("inputNotePath", directory.resolve("in.ipynb").toString())
                        .field("outputNotePath", directory.resolve("out.ipynb").toString())
                        .field("parameters", "{\"db_password\": \"${db_password}\"}")
                        .global("db_password", PART)
                        .in("jupyter.report", "html"),
                directory.resolve("started"));
        seesNothing();
        kill(run);
        seesNothing();
    }

    @Test
    void thePasswordOfOpenmldb() throws Exception {
        try (StormStatements statements = new StormStatements(directory)) {
            StormRun run = run(
                    statements,
                    statements.node(directory, true).in("openmldb.user", "root").in("openmldb.password", PART),
                    directory.resolve("calls"));
            seesNothing();
            kill(run);
            seesNothing();
        }
        String calls = new String(Files.readAllBytes(directory.resolve("calls")), StandardCharsets.UTF_8);
        assertTrue(calls.contains("\"password\""), calls);
    }

    /** Starts a task, and waits until it has made a file. */
    private StormRun run(StormTask kind, TestNode node, Path made) throws Exception {
        StormRun run = new StormRun(kind, directory, node);
        run.start();
        Patience.until(() -> Files.exists(made) || run.awaitEnd(1), log::text);
        assertTrue(!run.awaitEnd(1), log.text());
        return run;
    }

    private void kill(StormRun run) throws Exception {
        run.cancel();
        assertTrue(run.awaitEnd(Patience.millis()));
        assertEquals(TaskExecutionStatus.KILL, run.status(), log.text());
    }

    private void seesNothing() throws Exception {
        assertEquals(
                directory.resolve("readable") + "\n",
                OtherUser.said(
                        "grep",
                        "--recursive",
                        "--files-with-matches",
                        "--no-messages",
                        "--",
                        PART,
                        directory.toString()));
        assertEquals(-1, OtherUser.said("ps", "axeww", "-o", "args").indexOf(PART));
        assertEquals(-1, log.text().indexOf(PART), log.text());
    }
}
