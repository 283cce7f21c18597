/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.RealBash;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Collections;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full before the task's program starts. */
@Timeout(Patience.WHOLE_TEST)
class StagingFaultTest {

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        mounted = bash("mount -t tmpfs -o size=64k tmpfs .").exitCode() == 0;
        assumeTrue(mounted, "SKIPPED: this machine does not allow a mount");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertEquals(0, bash("umount -l .").exitCode());
        }
    }

    @Test
    void theTaskFailsBeforeItsProgramStartsAndLeavesNothing() {
        String code = "open('ran', 'w').close()\n#" + new String(new char[200_000]).replace('\0', 'x');
        ScriptTask task = new ScriptTask(
                TestNode.of("TEST", directory).field("code", code).context());
        task.init();
        task.handle(null);
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("The task's files could not be handled: No space left on device"), log.text());
        assertFalse(Files.exists(Paths.get(task.executePath(), "ran")));
        assertEquals(0, Paths.get(task.executePath()).toFile().list().length);
    }

    private RealBash bash(String command) throws Exception {
        Path scripts = Files.createTempDirectory("mount");
        RealBash done = RealBash.run(
                scripts,
                "cd '" + directory + "' && exec " + command.replace(" .", " '" + directory + "'"),
                Collections.singletonMap("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"));
        try (java.util.stream.Stream<Path> files = Files.list(scripts)) {
            files.forEach(file -> file.toFile().delete());
        }
        Files.delete(scripts);
        return done;
    }
}
