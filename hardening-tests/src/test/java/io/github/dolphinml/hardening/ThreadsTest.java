/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.jupyter.JupyterTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No thread outlives the task that has started it: a worker runs for months. */
@Timeout(Patience.WHOLE_TEST)
class ThreadsTest {

    private static final int AT_ONCE = 10;

    /** In the place of our program's Python: sleeps, and reports success. */
    private static final String PYTHON = "#!/bin/bash\ntouch started.$$\nsleep %s\n"
            + "echo '{\"status\": \"success\", \"outputs\": {}}' > \"${2%%/*}/report.json\"\n";

    @TempDir
    Path directory;

    @Test
    void allThreadsEndWithTheirTasks() throws Exception {
        runAll("0", false);
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        runAll("1", false);
        runAll("900", true);
        Patience.until(() -> left(before).isEmpty(), () -> "these threads are left: " + left(before));
    }

    private static List<String> left(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && !before.contains(thread))
                .map(Thread::getName)
                // The JVM's own, which wait a minute for the next process.
                .filter(name -> !name.startsWith("process reaper"))
                .collect(Collectors.toList());
    }

    private static long started(Path environment) throws IOException {
        try (Stream<Path> files = Files.walk(environment)) {
            return files.filter(file -> file.getFileName().toString().startsWith("started."))
                    .count();
        }
    }

    private void runAll(String seconds, boolean killed) throws Exception {
        Path environment = directory.resolve("environment-" + seconds);
        Path python = StormPlaces.write(environment.resolve("bin/python"), String.format(PYTHON, seconds));
        assertTrue(python.toFile().setExecutable(true));
        List<JupyterTask> tasks = new ArrayList<>();
        List<Thread> workers = new ArrayList<>();
        for (int number = 0; number < AT_ONCE; number++) {
            Path place = Files.createDirectories(environment.resolve("place-" + number));
            TaskExecutionContext context = TestNode.of("JUPYTER", place)
                    .field("condaEnvName", environment.toString())
                    .field("inputNotePath", "in.ipynb")
                    .field("outputNotePath", "out.ipynb")
                    .context();
            JupyterTask task = new JupyterTask(context);
            task.init();
            tasks.add(task);
            workers.add(new Thread(() -> task.handle(null), "taskAppId=TASK-" + context.getTaskInstanceId()));
        }
        workers.forEach(Thread::start);
        if (killed) {
            Patience.until(() -> started(environment) == AT_ONCE, () -> "some have not started");
            for (JupyterTask task : tasks) {
                task.cancel();
            }
        }
        for (int number = 0; number < AT_ONCE; number++) {
            workers.get(number).join();
            TaskExecutionStatus expected = killed ? TaskExecutionStatus.KILL : TaskExecutionStatus.SUCCESS;
            assertEquals(expected, tasks.get(number).getExitStatus());
        }
    }
}
