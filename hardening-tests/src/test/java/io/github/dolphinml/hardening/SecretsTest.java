/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.jupyter.JupyterTask;
import io.github.dolphinml.mlflow.MlflowTask;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.UUID;
import org.apache.dolphinscheduler.common.utils.PropertyUtils;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Passwords and the like: the kernel gets them, and nobody who reads logs, process lists, notebooks or files does. */
@Timeout(Patience.WHOLE_TEST)
class SecretsTest {

    private static final String PART = "s3cr-" + UUID.randomUUID();
    private static final String SECRET = PART + "\" it's\\ $HOME 中文";

    /** How a run ends. */
    enum End {
        SUCCESS("print('length', len(db_password))\nprint(db_password)\ndb_password"),
        FAILURE("raise ValueError('no login with ' + db_password)"),
        KILL("print(db_password)\nopen('started', 'w').close()\nimport time; time.sleep(900)");

        private final String cell;

        End(String cell) {
            this.cell = cell;
        }
    }

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    @BeforeEach
    void record() {
        Assumptions.assumeTrue(
                StormPlaces.python() != null,
                "DOLPHINML_TEST_ENVIRONMENT names no Python environment with papermill, ipykernel and MLflow");
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void aSecretOfANotebookIsInItsKernelAlone(End end) throws Exception {
        Path output = directory.resolve("out.ipynb");
        StormPlaces.write(directory.resolve("in.ipynb"), StormNotebook.notebook(end.cell));
        TaskExecutionContext context = TestNode.of("JUPYTER", directory)
                .field("condaEnvName", StormPlaces.python())
                .field("inputNotePath", directory.resolve("in.ipynb").toString())
                .field("outputNotePath", output.toString())
                .field("parameters", "{\"db_password\": \"${db_password}\", \"more\": {\"apiKey\": ${db_password}}}")
                .global("db_password", SECRET)
                .in("jupyter.report", "html")
                .context();
        AbstractTask task = new JupyterTask(context);
        try (SecretWatch watch = new SecretWatch(PART, directory)) {
            run(task, end == End.KILL ? Path.of(context.getExecutePath(), "started") : null);
            assertEquals(TaskExecutionStatus.valueOf(end.name()), task.getExitStatus(), log.text());
            assertEquals(Collections.emptySet(), watch.seen());
            assertEquals(Collections.emptySet(), watch.with());
        }
        assertFalse(log.text().contains(PART), log.text());
        assertTrue(new String(Files.readAllBytes(output), StandardCharsets.UTF_8).contains("******"));
        if (end == End.SUCCESS) {
            assertTrue(log.text().contains("length " + SECRET.length()), log.text());
            assertTrue(Files.exists(directory.resolve("out.html")));
        }
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void aSecretThatANotebookNamesIsInItsKernelAlone(End end, @TempDir Path secrets) throws Exception {
        Path folder = Files.createDirectories(secrets.resolve(System.getProperty("user.name") + "/warehouse"));
        StormPlaces.write(folder.resolve("password"), SECRET + "\n");
        PropertyUtils.setValue("ml.secrets.dir", secrets.toString());
        Path output = directory.resolve("out.ipynb");
        StormPlaces.write(directory.resolve("in.ipynb"), StormNotebook.notebook(end.cell));
        TaskExecutionContext context = TestNode.of("JUPYTER", directory)
                .field("condaEnvName", StormPlaces.python())
                .field("inputNotePath", directory.resolve("in.ipynb").toString())
                .field("outputNotePath", output.toString())
                .field("parameters", "{\"db_password\": {\"secret\": \"warehouse/password\"}}")
                .in("jupyter.report", "html")
                .context();
        AbstractTask task = new JupyterTask(context);
        try (SecretWatch watch = new SecretWatch(PART, directory)) {
            run(task, end == End.KILL ? Path.of(context.getExecutePath(), "started") : null);
            assertEquals(TaskExecutionStatus.valueOf(end.name()), task.getExitStatus(), log.text());
            assertEquals(Collections.emptySet(), watch.seenWithoutAnyFile());
            assertEquals(Collections.emptySet(), watch.with());
        } finally {
            PropertyUtils.setValue("ml.secrets.dir", "");
        }
        assertFalse(log.text().contains(PART), log.text());
        assertTrue(log.text().contains("Secrets read: warehouse/password"), log.text());
        assertTrue(new String(Files.readAllBytes(output), StandardCharsets.UTF_8).contains("******"));
        if (end == End.SUCCESS) {
            assertTrue(log.text().contains("length " + SECRET.length()), log.text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:%s@127.0.0.1:1/", "postgresql://user:%s@127.0.0.1:1/mlflow"})
    void aPasswordInAnAddressIsNotReported(String address) throws Exception {
        TaskExecutionContext context = TestNode.of("MLFLOW", directory)
                .field("mlflowTaskType", "MLflow Models")
                .field("mlflowTrackingUri", String.format(address, PART))
                .field("deployModelKey", "models:/m/1")
                .in("mlflow.environment", StormPlaces.python())
                .environment("export MLFLOW_HTTP_REQUEST_MAX_RETRIES=0 HOME='" + directory + "'")
                .context();
        AbstractTask task = new MlflowTask(context);
        try (SecretWatch watch = new SecretWatch(PART, directory)) {
            run(task, null);
            assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus(), log.text());
            assertEquals(Collections.emptySet(), watch.seen());
            assertEquals(Collections.emptySet(), watch.with());
        }
        assertFalse(log.text().contains(PART), log.text());
    }

    /** Runs a task to its end, or until a file is there and then kills it. */
    private static void run(AbstractTask task, Path started) throws Exception {
        task.init();
        Thread worker = new Thread(() -> task.handle(null), "taskAppId=TASK-1");
        worker.start();
        while (started != null && !Files.exists(started) && worker.isAlive()) {
            Thread.sleep(50);
        }
        if (started != null) {
            task.cancel();
        }
        worker.join();
    }
}
