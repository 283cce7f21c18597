/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.jupyter.JupyterTask;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A task that prints as fast as it can, on a worker with little memory: all of it is in the log.
 *
 * <p>{@code mvn verify -pl hardening-tests -am -Dtest=LogLoadTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dlog.megabytes=1024} prints a gigabyte.
 */
@Timeout(1800)
class LogLoadTest {

    private static final int MEGABYTES = Integer.getInteger("log.megabytes", 16);
    private static final int LINE = 128;
    private static final String HEAP = "40m";

    /** In the place of our program's Python: prints, and reports success. */
    private static final String PYTHON = "#!/bin/bash\nyes %s | head -c %d\n"
            + "echo '{\"status\": \"success\", \"outputs\": {}}' > \"${2%%/*}/report.json\"\n";

    @TempDir
    Path directory;

    @Test
    void aSmallHeapIsEnough() throws Exception {
        String line = new String(new char[LINE - 1]).replace('\0', 'x');
        Path python =
                StormPlaces.write(directory.resolve("bin/python"), String.format(PYTHON, line, (long) MEGABYTES << 20));
        assertTrue(python.toFile().setExecutable(true));
        long begin = System.nanoTime();
        Process worker = new ProcessBuilder(
                        Paths.get(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx" + HEAP,
                        "-cp",
                        System.getProperty("java.class.path"),
                        LogLoadTest.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        long lines = 0;
        String last = "";
        try (BufferedReader log =
                new BufferedReader(new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8))) {
            for (String next = log.readLine(); next != null; next = log.readLine()) {
                lines += next.endsWith(line) ? 1 : 0;
                last = next;
            }
        }
        assertEquals(0, worker.waitFor(), last);
        assertEquals("SUCCESS", last);
        assertEquals(((long) MEGABYTES << 20) / LINE, lines, last);
        System.out.printf("%d MB through a heap of %s in %.1f s%n", MEGABYTES, HEAP, (System.nanoTime() - begin) / 1e9);
    }

    /** The worker. Argument: the directory. */
    public static void main(String[] arguments) throws Exception {
        TaskExecutionContext context = TestNode.of("JUPYTER", Paths.get(arguments[0]))
                .field("condaEnvName", arguments[0])
                .field("inputNotePath", "in.ipynb")
                .field("outputNotePath", "out.ipynb")
                .context();
        JupyterTask task = new JupyterTask(context);
        task.init();
        Thread thread = new Thread(() -> task.handle(null), "taskAppId=TASK-" + context.getTaskInstanceId());
        thread.start();
        thread.join();
        System.out.println(task.getExitStatus().name());
        System.exit(0);
    }
}
