/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.testing.OtherUser;
import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.RealBash;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import org.apache.dolphinscheduler.common.utils.PropertyUtils;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is root runs a task as another user, its tenant, through real sudo. */
@Timeout(Patience.WHOLE_TEST)
class TenantRunTest {

    private static final String TENANT = OtherUser.NAME;

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    @BeforeEach
    void switchSudoOn() throws Exception {
        OtherUser.assumeThere();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        PropertyUtils.setValue("sudo.enable", "true");
    }

    @AfterEach
    void switchSudoOff() {
        PropertyUtils.setValue("sudo.enable", "false");
    }

    @Test
    void theTenantReadsWhatIsItsOwnAndItsReportIsRead() {
        ScriptTask task = run("import getpass, os, stat\n"
                + "private = os.path.dirname(sys.argv[1])\n"
                + "print('user', getpass.getuser(), 'owns', os.stat(sys.argv[1]).st_uid == os.getuid(),"
                + " oct(os.stat(private).st_mode & 0o777))\n"
                + "report({'status': 'success', 'outputs': {'who': getpass.getuser()}})");
        assertEquals(TaskExecutionStatus.SUCCESS, task.getExitStatus(), log.text());
        assertTrue(log.text().contains("user " + TENANT + " owns True 0o700"), log.text());
        assertEquals(TENANT, task.getParameters().varPool.get(0).getValue());
        assertEquals(0, new java.io.File(task.executePath()).listFiles((dir, name) -> name.startsWith(".dol")).length);
    }

    @Test
    void noUserPutsAnotherProgramInTheWorkersPlace() {
        ScriptTask task = run("def refused(act):\n"
                + "    try:\n"
                + "        act()\n"
                + "    except PermissionError:\n"
                + "        return True\n"
                + "print('rename', refused(lambda: os.rename(__file__, __file__ + '.mine')),"
                + " 'write', refused(lambda: open(__file__, 'a')),"
                + " 'remove', refused(lambda: os.unlink(__file__)))\n"
                + "report({'status': 'success', 'outputs': {}})");
        assertEquals(TaskExecutionStatus.SUCCESS, task.getExitStatus(), log.text());
        assertTrue(log.text().contains("rename True write True remove True"), log.text());
    }

    @Test
    void aKillReachesTheTenantsProcesses() throws Exception {
        Path started = directory.resolve("started");
        Files.createFile(started);
        Files.setPosixFilePermissions(started, PosixFilePermissions.fromString("rw-rw-rw-"));
        TaskExecutionContext context = TestNode.of("TEST", directory)
                .tenant(TENANT)
                .field(
                        "code",
                        "import signal, subprocess, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                                + "subprocess.Popen(['setsid', 'sleep', '900'])\n"
                                + "open('" + started + "', 'w').write('yes')\ntime.sleep(900)")
                .context();
        ScriptTask task = new ScriptTask(context);
        task.init();
        Thread worker = new Thread(() -> task.handle(null), "taskAppId=TASK-1");
        worker.start();
        Patience.until(() -> Files.size(started) > 0, log::text);
        task.cancel();
        worker.join(Patience.millis());
        assertFalse(worker.isAlive());
        assertEquals(TaskExecutionStatus.KILL, task.getExitStatus());
        RealBash left = RealBash.run(
                directory,
                "grep -lzx -s 'DOLPHINML_RUN=" + task.marker() + "' /proc/[0-9]*/environ\n",
                Collections.emptyMap());
        assertEquals("", left.output());
    }

    private ScriptTask run(String code) {
        ScriptTask task = new ScriptTask(TestNode.of("TEST", directory)
                .tenant(TENANT)
                .field("code", code)
                .context());
        task.init();
        task.handle(null);
        return task;
    }
}
