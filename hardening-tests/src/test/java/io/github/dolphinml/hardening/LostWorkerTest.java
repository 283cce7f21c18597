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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A worker's JVM that is killed with -9 while a notebook runs, and the run that DolphinScheduler starts in its place. */
@Timeout(Patience.WHOLE_TEST)
class LostWorkerTest {

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    @BeforeEach
    void record() {
        Assumptions.assumeTrue(
                StormPlaces.python() != null,
                "DOLPHINML_TEST_ENVIRONMENT names no Python environment with papermill and ipykernel");
    }

    @ParameterizedTest
    @CsvSource({"STARTS_DAEMONS, false", "IGNORES_SIGNALS, false", "STARTS_DAEMONS, true"})
    void theRunEndsWithItsWorkerAndTheNextOneCleansUp(StormNotebook kind, boolean programToo) throws Exception {
        String entry = "STORM=" + UUID.randomUUID();
        Process worker = LoneWorker.start(kind, directory, entry);
        try {
            awaitCell();
        } finally {
            killed(worker, entry, programToo);
        }
        if (!programToo) {
            awaitNothing(entry);
        }
        StormRun next = new StormRun(kind, directory, kind.node(directory, false));
        next.start();
        assertTrue(next.awaitEnd(TimeUnit.MINUTES.toMillis(10)));
        assertEquals(TaskExecutionStatus.SUCCESS, next.status(), log.text());
        assertTrue(log.text().contains("A previous run of this task"), log.text());
        assertEquals(new ArrayList<>(), living(entry));
        try (Stream<Path> left = Files.walk(directory)) {
            assertFalse(left.anyMatch(path -> path.getFileName().toString().startsWith(".dolphinml-")));
        }
    }

    private void awaitCell() throws Exception {
        Path output = directory.resolve("out.ipynb");
        // papermill saves the notebook after each cell; the first one has printed when the second begins.
        Patience.until(
                () -> Files.exists(output) && new String(Files.readAllBytes(output)).contains("\"one\\n\""),
                () -> "the notebook never started");
        Thread.sleep(1000);
    }

    private static void killed(Process worker, String entry, boolean programToo) throws Exception {
        List<String> victims = new ArrayList<>();
        if (programToo) {
            for (String process : LiveProcesses.with(entry)) {
                if (process.contains("run_notebook.py")) {
                    victims.add(process.split(" ")[0]);
                }
            }
            assertFalse(victims.isEmpty());
        }
        victims.add(Long.toString(worker.pid()));
        List<String> kill = new ArrayList<>(Arrays.asList("kill", "-KILL"));
        kill.addAll(victims);
        new ProcessBuilder(kill).start().waitFor();
        worker.waitFor();
    }

    private void awaitNothing(String entry) throws Exception {
        Patience.until(() -> living(entry).isEmpty(), () -> "something of the run is still alive");
    }

    private static List<String> living(String entry) throws Exception {
        return LiveProcesses.with(entry);
    }
}
