/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.spy;

import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.common.testing.RealBash;
import io.github.dolphinml.common.testing.TaskLogRecorder;
import io.github.dolphinml.common.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.TaskExecutionStatus;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of a task through the real shell executor of DolphinScheduler 3.1.4 and real bash. */
@Timeout(Patience.WHOLE_TEST)
class MlTaskTest {

    @TempDir
    Path directory;

    @RegisterExtension
    final TaskLogRecorder log = new TaskLogRecorder();

    @Test
    void outputsReachTheVarPoolExactly() throws Exception {
        TestNode node = TestNode.of("TEST", directory)
                .out("text", DataType.VARCHAR)
                .out("number", DataType.DOUBLE)
                .field(
                        "code",
                        "import json\nreport({'status': 'success', 'outputs':"
                                + " {'text': 'a=b) ${x} \"quoted\" it\\'s\\n中文', 'number': 1.0, 'extra': [1, {'a': None}]}})");
        ScriptTask task = run(node);
        assertEquals(TaskExecutionStatus.SUCCESS, task.getExitStatus(), log.text());
        assertEquals("a=b) ${x} \"quoted\" it's\n中文", value(task, "text"));
        assertEquals("1.0", value(task, "number"));
        assertEquals("[1,{\"a\":null}]", value(task, "extra"));
    }

    @Test
    void nothingIsLeftInTheWorkingDirectory() throws Exception {
        ScriptTask task = run(TestNode.of("TEST", directory).field("code", "report({'status': 'success'})"));
        try (Stream<Path> left = Files.list(Paths.get(task.executePath()))) {
            List<String> hidden = left.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith(".dolphinml"))
                    .collect(Collectors.toList());
            assertEquals(Collections.emptyList(), hidden);
        }
    }

    @Test
    void requestAndScriptAreForTheTasksUserOnly() throws Exception {
        run(TestNode.of("TEST", directory)
                .field(
                        "code",
                        "import os, sys\nd = os.path.dirname(sys.argv[1])\n"
                                + "print('modes', sorted(oct(os.stat(p).st_mode & 0o777) for p in"
                                + " [d, d + '/run.sh', d + '/request.json']))\nreport({'status': 'success'})"));
        assertTrue(log.text().contains("modes ['0o600', '0o600', '0o700']"), log.text());
    }

    @Test
    void aFailureOfTheProgramIsAFailureAndNothingIsAddedBelowItsOwnLines() throws Exception {
        ScriptTask task = run(TestNode.of("TEST", directory)
                .field("code", "report({'status': 'failure', 'error': 'boom'})\nprint('the block')\nsys.exit(1)"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        // DolphinScheduler logs the end of the process and the program's output in threads of its own.
        Patience.until(() -> log.text().contains("the block"), log::text);
        String ours = Arrays.stream(log.text().split("\n"))
                .filter(line -> !line.startsWith("process has exited"))
                .collect(Collectors.joining("\n"));
        assertTrue(ours.trim().endsWith("the block"), log.text());
    }

    @Test
    void exitCodeZeroWithoutAReportIsAFailure() throws Exception {
        ScriptTask task = run(TestNode.of("TEST", directory).field("code", "pass"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("left no report"), log.text());
    }

    @Test
    void faultsAreSaidAllAtOnceAndNothingRuns() throws Exception {
        ScriptTask task = run(TestNode.of("TEST", directory).field("code", "").field("other", "  "));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("code: it is empty; give Python code."), log.text());
        assertTrue(log.text().contains("other: it is empty; give a word."), log.text());
        assertFalse(log.text().contains("ran"));
    }

    @Test
    void aBrokenTaskJsonIsOneSentence() throws Exception {
        TaskExecutionContext context = TestNode.of("TEST", directory).context();
        context.setTaskParams("{\"code\": ");
        ScriptTask task = new ScriptTask(context);
        task.init();
        task.handle(null);
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("task parameters: it is not valid JSON"), log.text());
    }

    @Test
    void whatDolphinSchedulerThrowsIsAFailureWhoseReasonIsLast() {
        ScriptTask task = taskWhoseContextThrows();
        task.handle(null);
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().trim().endsWith("the context is gone"), log.text());
    }

    @Test
    void whatDolphinSchedulerThrowsAfterAKillIsAKill() {
        ScriptTask task = taskWhoseContextThrows();
        task.cancel();
        task.handle(null);
        assertEquals(TaskExecutionStatus.KILL, task.getExitStatus());
    }

    /** A task whose context throws once the task has been initialised. */
    private ScriptTask taskWhoseContextThrows() {
        TaskExecutionContext context = spy(TestNode.of("TEST", directory)
                .field("code", "report({'status': 'success'})")
                .context());
        ScriptTask task = new ScriptTask(context);
        task.init();
        doThrow(new IllegalStateException("the context is gone")).when(context).getExecutePath();
        return task;
    }

    @Test
    void anOutputAboveTheLimitIsAFailureThatNamesIt() throws Exception {
        ScriptTask task = run(TestNode.of("TEST", directory)
                .field("code", "report({'status': 'success', 'outputs': {'big': 'x' * 70000}})"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("The output parameter big has 70000 bytes, and 65536 are allowed"), log.text());
    }

    @Test
    void secretsThatTheEnvironmentExportsAreMaskedInTheLogAndInTheScriptThatTheWorkerLogs() throws Exception {
        ScriptTask task = new ScriptTask(TestNode.of("TEST", directory)
                .environment("export DB_PASSWORD='horse battery' PLAIN=staple\n"
                        + "export API_TOKEN=\"4711-abcd\"\nexport KEY_FILE=/etc/ml/key\n")
                .field(
                        "code",
                        "print(os.environ['DB_PASSWORD'], os.environ['API_TOKEN'], os.environ['PLAIN'],"
                                + " os.environ['KEY_FILE'])\nreport({'status': 'success', 'outputs': {}})")
                .context());
        task.init();
        task.handle(null);
        assertTrue(log.text().contains("****** ****** staple /etc/ml/key"), log.text());
        assertTrue(log.text().contains("export DB_PASSWORD='******' PLAIN=staple"), log.text());
        assertFalse(log.text().contains("horse") || log.text().contains("4711-abcd"), log.text());
    }

    @Test
    void secretsOfTheNodeAreMaskedInTheLog() throws Exception {
        run(TestNode.of("TEST", directory)
                .in("db_password", "hunter22")
                .field("code", "print('it is hunter22')\nreport({'status': 'success'})"));
        assertTrue(log.text().contains("it is ******"), log.text());
        assertFalse(log.text().contains("hunter22"), log.text());
    }

    @Test
    void theNamesOfSecretParametersAreNoSecrets() throws Exception {
        run(TestNode.of("TEST", directory)
                .in("jupyter.secretParameters", "customer")
                .field("code", "print('the customer')\nreport({'status': 'success'})"));
        assertTrue(log.text().contains("the customer"), log.text());
    }

    @Test
    void aFaultInAnOptionThatIsReadAtTheEndIsSaidAtTheBeginning() throws Exception {
        ScriptTask task = run(TestNode.of("TEST", directory)
                .in("output.limit", "1GB")
                .field("code", "print('ran')\nreport({'status': 'success'})"));
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("output.limit: a node cannot set this option"), log.text());
        assertFalse(log.text().contains("ran"), log.text());
    }

    @Test
    void theNodesDolphinSchedulerEnvironmentIsInForce() throws Exception {
        run(TestNode.of("TEST", directory)
                .environment("export FROM_DS=\"two words\"")
                .field("code", "import os\nprint('got', os.environ['FROM_DS'])\nreport({'status': 'success'})"));
        assertTrue(log.text().contains("got two words"), log.text());
    }

    @Test
    void aKillLeavesNothingAlive() throws Exception {
        Path pids = directory.resolve("pids");
        String code = "import os, signal, subprocess, time\n"
                + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                + "own = [os.getpid()]\n"
                + "own.append(subprocess.Popen(['setsid', 'nohup', 'sleep', '900']).pid)\n"
                + "own.append(subprocess.Popen(['bash', '-c', 'trap \"\" TERM INT; sleep 900 & wait; sleep 900']).pid)\n"
                + "subprocess.Popen(['bash', '-c', 'setsid sleep 900 & exit 0']).wait()\n"
                + "open('" + pids + "', 'w').write(' '.join(map(str, own)))\n"
                + "time.sleep(900)\n";
        TaskExecutionContext context =
                TestNode.of("TEST", directory).field("code", code).context();
        ScriptTask task = new ScriptTask(context);
        task.init();
        Thread worker = new Thread(() -> task.handle(null), "taskAppId=TASK-1");
        worker.start();
        Patience.until(() -> Files.exists(pids) && Files.size(pids) > 0, log::text);
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

    @Test
    void theTemporaryFoldersOfAKilledProgramAreRemoved() throws Exception {
        Path temporary = Files.createDirectories(directory.resolve("a folder"));
        Path started = directory.resolve("started");
        Path others = Files.createDirectories(temporary.resolve("others"));
        TaskExecutionContext context = TestNode.of("TEST", directory)
                .field(
                        "code",
                        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                                + "folder = '" + temporary + "/dolphinml-kernel-1'\nos.mkdir(folder)\n"
                                + "with open(os.path.join(os.path.dirname(sys.argv[1]), 'temporary'), 'w') as note:\n"
                                + "    note.write(folder + '\\n" + others + "\\n')\n"
                                + "open('" + started + "', 'w').close()\ntime.sleep(900)")
                .context();
        ScriptTask task = new ScriptTask(context);
        task.init();
        Thread worker = new Thread(() -> task.handle(null), "taskAppId=TASK-1");
        worker.start();
        Patience.until(() -> Files.exists(started), log::text);
        task.cancel();
        worker.join(Patience.millis());
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(Collections.singletonList(others), left.collect(Collectors.toList()));
        }
    }

    @Test
    void theTasksTimeOutEndsItAndSaysSo() throws Exception {
        TaskExecutionContext context = TestNode.of("TEST", directory)
                .field(
                        "code",
                        "import signal, sys, time\n"
                                + "def save(number, frame):\n"
                                + "    time.sleep(0.5)\n"
                                + "    open('saved', 'w').close()\n"
                                + "    sys.exit(3)\n"
                                + "signal.signal(signal.SIGTERM, save)\n"
                                + "print('ran', flush=True)\ntime.sleep(900)")
                .context();
        context.setTaskTimeout(16);
        ScriptTask task = new ScriptTask(context);
        task.init();
        task.handle(null);
        assertEquals(TaskExecutionStatus.FAILURE, task.getExitStatus());
        assertTrue(log.text().contains("time-out"), log.text());
        assertTrue(Files.exists(Paths.get(context.getExecutePath(), "saved")), log.text());
        RealBash left = RealBash.run(
                directory,
                "grep -lzx -s 'DOLPHINML_RUN=" + task.marker() + "' /proc/[0-9]*/environ\n",
                Collections.emptyMap());
        assertEquals("", left.output());
    }

    @Test
    void whatAKilledWorkerLeftOfTheTaskIsEndedFirst() throws Exception {
        Path former = directory.resolve("project/1001_1/7/12");
        String marker = UUID.randomUUID().toString();
        Process left = leftRun(former, marker, "7/a task");
        Path other = directory.resolve("project/1001_1/7/13");
        Process others = leftRun(other, UUID.randomUUID().toString(), "7/another task");
        try {
            ScriptTask task = run(TestNode.of("TEST", directory).field("code", "report({'status': 'success'})"));
            assertEquals(TaskExecutionStatus.SUCCESS, task.getExitStatus(), log.text());
            assertTrue(
                    log.text().contains("A previous run of this task, of task instance 12, was lost by its worker"),
                    log.text());
            assertTrue(left.waitFor(Patience.ENOUGH, TimeUnit.SECONDS));
            assertFalse(Files.exists(former.resolve(".dolphinml-00000000")));
            assertTrue(others.isAlive(), "another task's run was ended");
            assertTrue(Files.exists(other.resolve(".dolphinml-00000000")));
        } finally {
            left.destroyForcibly();
            others.destroyForcibly();
        }
    }

    private static Process leftRun(Path workingDirectory, String marker, String key) throws Exception {
        Path control = Files.createDirectories(workingDirectory.resolve(".dolphinml-00000000/private"));
        Files.write(control.resolve("../run"), (marker + "\n" + key).getBytes(StandardCharsets.UTF_8));
        ProcessBuilder sleeper = new ProcessBuilder("sleep", "900");
        sleeper.environment().put("DOLPHINML_RUN", marker);
        return sleeper.start();
    }

    private ScriptTask run(TestNode node) {
        ScriptTask task = new ScriptTask(node.context());
        task.init();
        task.handle(null);
        return task;
    }

    private static String value(ScriptTask task, String name) {
        return task.getParameters().varPool.stream()
                .filter(property -> name.equals(property.getProp()))
                .map(Property::getValue)
                .collect(Collectors.joining("|"));
    }
}
