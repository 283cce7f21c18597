/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.compatibility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Year;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The jars as they are shipped, in the servers of each line. */
@Timeout(900)
class LineTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    static List<Line> supported() {
        return Line.supported();
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void ourFactoriesAreFoundAndComeBeforeTheStockOnes(Line line) {
        LineServer server = line.server();
        Map<String, String> winners = server.load();
        assertFalse(ShippedJars.factories().isEmpty());
        assertTrue(winners.values().containsAll(ShippedJars.factories()), winners.toString());
        ShippedJars.factories()
                .forEach(factory -> assertTrue(winners.values().stream()
                        .noneMatch(winner -> winner.startsWith("standin.Stock") && sameType(winner, factory))));
        assertTrue(server.serverLog().contains("Task type JUPYTER is served by dolphinml"), server.serverLog());
        assertFalse(server.serverLog().contains("[WARN]"), server.serverLog());
    }

    private static boolean sameType(String stock, String ours) {
        String stockType = stock.substring("standin.Stock".length()).replace("Factory", "");
        return ours.substring(ours.lastIndexOf('.') + 1).startsWith(stockType);
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void theServersReadANodesParameters(Line line) {
        LineServer server = line.server();
        server.load();
        assertTrue(server.accepts("JUPYTER", "{\"inputNotePath\":\"a.ipynb\",\"outputNotePath\":\"b.ipynb\"}"));
        assertFalse(server.accepts("JUPYTER", "{\"inputNotePath\":\"a.ipynb\",\"outputNotePath\":\"\"}"));
        assertFalse(server.accepts("JUPYTER", "no JSON"));
        String resources = "{\"resourceList\":[{\"id\":3},{\"resourceName\":\"/a/b.ipynb\",\"new\":1}]}";
        assertEquals(2, server.resources("JUPYTER", resources));
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aTaskRunsThroughTheLinesShellAndItsOutputsReachTheWorker(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        RunningTask task =
                server.start(order("report({'status': 'success', 'outputs': {'text': 'a=b) $' + '{x} it\\'s\\n中',"
                        + " 'number': 1.0}})\nprint('it ran')"));
        assertEquals("SUCCESS", task.await(), task.log());
        assertEquals("a=b) ${x} it's\n中", task.outputs().get("text"));
        assertEquals("1.0", task.outputs().get("number"));
        assertTrue(task.log().contains("it ran"), task.log());
        assertEquals("kept", task.outputs().get("upstream"), "what came from upstream is passed on");
        assertFalse(task.log().contains("[WARN]"), task.log());
        assertEquals(Collections.emptyList(), hiddenFiles());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void everyLineReachesTheLogOnceAndInOrder(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        RunningTask task = server.start(order("import time\nfor i in range(150):\n"
                + "    print('line %03d.' % i, flush=True)\n    time.sleep(0.002)\nreport({'status': 'success'})"));
        assertEquals("SUCCESS", task.await(), task.log());
        List<String> printed = Stream.of(task.log().split("line "))
                .skip(1)
                .map(text -> text.substring(0, 3))
                .collect(Collectors.toList());
        assertEquals(
                IntStream.range(0, 150).mapToObj(i -> String.format("%03d", i)).collect(Collectors.toList()), printed);
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void placeholdersInTheScriptStayAsTheyAreAndThoseInValuesAreTheMasters(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        RunningTask task = server.start(order(
                        "print('time', '$' + '[yyyy]', '$[no such'+' time]', '${HOME}', '$[yyyyMMdd]', sys.argv[2])\n"
                                + "report({'status': 'success'})",
                        "argument",
                        "[${name}]")
                .with("name", "$(touch x) ${HOME} $[yyyy] ' \"")
                .with("HOME", "of the task"));
        assertEquals("SUCCESS", task.await(), task.log());
        assertTrue(
                task.log()
                        .contains("time $[yyyy] $[no such time] ${HOME} $[yyyyMMdd]" + " [$(touch x) of the task "
                                + Year.now() + " ' \"]"),
                task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aFailureIsAFailureAndItsReasonIsLast(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        RunningTask task = server.start(
                order("report({'status': 'failure', 'error': 'boom'})\nprint('the root cause')\nsys.exit(1)"));
        assertEquals("FAILURE", task.await());
        assertTrue(told(task).endsWith("the root cause"), task.log());
    }

    /** 3.1 says this of the process before or after the last lines, as its two threads happen to run. */
    private static String told(RunningTask task) {
        return task.log()
                .replaceAll("(?m)^\\[INFO\\] (process has exited|cancel process|FINALIZE_SESSION).*$", "")
                .trim();
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aKillIsAKillAndLeavesNothingAlive(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        Path pids = directory.resolve("pids");
        RunningTask task = server.start(order("import signal, subprocess, time\n"
                + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                + "subprocess.Popen(['setsid', 'nohup', 'sleep', '900'])\n"
                + "subprocess.Popen(['bash', '-c', 'trap \"\" TERM INT; sleep 900 & wait; sleep 900'])\n"
                + "subprocess.Popen(['bash', '-c', 'setsid sleep 900 & exit 0']).wait()\n"
                + "open('" + pids + "', 'w').write(os.environ['DOLPHINML_RUN'])\ntime.sleep(1800)"));
        String marker = awaitText(pids);
        assertFalse(alive(marker).isEmpty());
        task.kill();
        assertEquals("KILL", task.await(), task.log());
        assertEquals(Collections.emptyList(), alive(marker));
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aKillLetsTheProgramSaveAndItsLastWordIsTheLogsLast(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        Path begun = directory.resolve("begun");
        Path saved = directory.resolve("saved");
        RunningTask task = server.start(order("import signal, time\n"
                + "def save(number, frame):\n"
                + "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                + "    time.sleep(0.5)\n"
                + "    open('" + saved + "', 'a').write('once')\n"
                + "    report({'status': 'stopped'})\n"
                + "    print('saved before the end', flush=True)\n"
                + "    sys.exit(143)\n"
                + "signal.signal(signal.SIGTERM, save)\n"
                + "open('" + begun + "', 'w').write('yes')\ntime.sleep(1800)"));
        awaitText(begun);
        task.kill();
        assertEquals("KILL", task.await(), task.log());
        assertEquals("once", Files.exists(saved) ? Files.readString(saved) : "not saved", task.log());
        assertTrue(told(task).endsWith("saved before the end"), task.log());
        assertFalse(task.log().contains("[ERROR]"), task.log());
    }

    /** The log is that of the program to its last line, also where the line ends the reading of it first. */
    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aKilledNotebookIsSavedAndTheLogsLastLineSaysWhere(Line line) throws Exception {
        String environment = environment();
        Path begun = directory.resolve("begun");
        Files.writeString(
                directory.resolve("a.ipynb"),
                notebook(
                        "print('before')",
                        "open('" + begun + "', 'w').write('yes')\nimport time\n"
                                + "try:\n    time.sleep(1800)\nfinally:\n"
                                + "    for i in range(5):\n        print('ending', i)\n        time.sleep(0.05)"));
        LineServer server = line.server();
        server.load();
        ObjectNode node = JSON.createObjectNode();
        node.put("inputNotePath", "a.ipynb").put("outputNotePath", "b.ipynb").put("condaEnvName", environment);
        RunningTask task = server.start(new TaskOrder("JUPYTER", node.toString(), directory.toString()));
        awaitText(begun);
        task.kill();
        assertEquals("KILL", task.await(), task.log());
        Path output = directory.resolve("b.ipynb");
        assertTrue(told(task).endsWith("Stopped before the end. Output notebook: " + output), task.log());
        String saved = Files.readString(output);
        assertTrue(saved.contains("before\\n") && !saved.contains("\"running\""), saved);
    }

    /** The longest that a program gets is three seconds, whoever asks it. */
    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aKillOfWhatDoesNotEndSaysSoLast(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        Path begun = directory.resolve("begun");
        RunningTask task = server.start(order("import signal, time\n"
                + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                + "open(os.path.join(os.path.dirname(sys.argv[1]), 'so-far'), 'w').write('Half of it: /there')\n"
                + "open('" + begun + "', 'w').write('yes')\ntime.sleep(1800)"));
        awaitText(begun);
        task.kill();
        assertEquals("KILL", task.await(), task.log());
        assertTrue(told(task).endsWith("did not end by itself in 3 s. Half of it: /there"), task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aRunThatItsWorkerHasLostIsFoundAndEndedByTheNextOneOfTheSameTask(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        Path marker = directory.resolve("marker");
        String begins = "import time\nopen('" + marker + "', 'w').write(os.environ['DOLPHINML_RUN'])\n";
        String base = directory.resolve("base").toString();
        RunningTask lost = server.start(order(begins + "time.sleep(1800)").named("the same", base));
        String run = awaitText(marker);
        RunningTask other = server.start(order("report({'status': 'success'})").named("another", base));
        assertEquals("SUCCESS", other.await(), other.log());
        assertFalse(alive(run).isEmpty());
        RunningTask next = server.start(order("report({'status': 'success'})").named("the same", base));
        assertEquals("SUCCESS", next.await(), next.log());
        assertTrue(next.log().contains("A previous run of this task"), next.log());
        assertEquals(Collections.emptyList(), alive(run));
        assertEquals("FAILURE", lost.await(), lost.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void theTasksTimeOutEndsItAndSaysSo(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        Path run = directory.resolve("run");
        String code = "import time\nopen('" + run + "', 'w').write(os.environ['DOLPHINML_RUN'])\ntime.sleep(1800)";
        // On a slow machine the time may be over before the program has begun: another one gets more.
        for (int seconds = 10; isEmpty(run); seconds *= 3) {
            RunningTask task = server.start(order(code).timeout(seconds));
            assertEquals("FAILURE", task.await(), task.log());
            assertTrue(task.log().contains("time-out"), task.log());
        }
        assertEquals(Collections.emptyList(), alive(Files.readString(run)));
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aNotebookTaskSaysWhatItsEnvironmentLacks(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        ObjectNode node = JSON.createObjectNode();
        node.put("inputNotePath", "a.ipynb")
                .put("outputNotePath", "b.ipynb")
                .put("condaEnvName", "/no/such/environment");
        RunningTask task = server.start(new TaskOrder("JUPYTER", node.toString(), directory.toString()));
        assertEquals("FAILURE", task.await(), task.log());
        assertTrue(task.log().contains("condaEnvName: "), task.log());
        assertTrue(task.log().contains("/no/such/environment"), task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void aNotebookRuns(Line line) throws Exception {
        String environment = environment();
        Files.writeString(
                directory.resolve("a.ipynb"),
                "{\"nbformat\":4,\"nbformat_minor\":5,\"metadata\":{\"kernelspec\":{\"name\":\"python3\","
                        + "\"display_name\":\"Python 3\",\"language\":\"python\"}},\"cells\":["
                        + "{\"cell_type\":\"code\",\"id\":\"p\",\"metadata\":{\"tags\":[\"parameters\"]},"
                        + "\"execution_count\":null,\"outputs\":[],\"source\":\"c = 0\"},"
                        + "{\"cell_type\":\"code\",\"id\":\"o\",\"metadata\":{\"tags\":[\"outputs\"]},"
                        + "\"execution_count\":null,\"outputs\":[],\"source\":\"doubled = c * 2\"}]}");
        LineServer server = line.server();
        server.load();
        ObjectNode node = JSON.createObjectNode();
        node.put("inputNotePath", "a.ipynb").put("outputNotePath", "b.ipynb").put("condaEnvName", environment);
        node.put("parameters", "{\"c\": 1.5}");
        node.withArray("localParams")
                .addObject()
                .put("prop", "doubled")
                .put("direct", "OUT")
                .put("type", "DOUBLE")
                .put("value", "");
        RunningTask task = server.start(new TaskOrder("JUPYTER", node.toString(), directory.toString()));
        assertEquals("SUCCESS", task.await(), task.log());
        assertEquals("3.0", task.outputs().get("doubled"), task.log());
        assertTrue(Files.exists(directory.resolve("b.ipynb")));
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void anOutputReachesTheNextTaskWhereTheWorkflowHasAGlobalParameterOfThatName(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        String value = "a=b) ${x} it's\n$(touch x)";
        RunningTask task =
                server.start(order("print('got', repr(sys.argv[2]))\nreport({'status': 'success'})", "argument", "${v}")
                        .with("v", "")
                        .upstream("v", value));
        assertEquals("SUCCESS", task.await(), task.log());
        assertTrue(task.log().contains("got \"a=b) ${x} it's\\n$(touch x)\""), task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @MethodSource("supported")
    void anUndeclaredOutputReachesTheNextTaskBefore34(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        ObjectNode node = JSON.createObjectNode().put("inputNotePath", "${v}").put("outputNotePath", "b.ipynb");
        RunningTask task = server.start(
                new TaskOrder("JUPYTER", node.toString(), directory.toString()).upstream("v", "/no/such.ipynb"));
        assertEquals("FAILURE", task.await(), task.log());
        boolean missing = task.log().contains("inputNotePath: the parameter v has no value here");
        assertEquals(line == Line.V3_4, missing, task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @EnumSource(value = Line.class, names = "FITTING")
    void aLineThatIsNotKnownIsUsedLikeTheNewestOneWithAWarning(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        RunningTask task = server.start(order("report({'status': 'success', 'outputs': {'a': 1}})"));
        assertEquals("SUCCESS", task.await(), task.log());
        assertEquals("1", task.outputs().get("a"));
        assertTrue(
                task.log().lines().anyMatch(text -> text.startsWith("[WARN]") && text.contains("assumed")), task.log());
    }

    @ParameterizedTest(name = "DolphinScheduler {0}")
    @EnumSource(value = Line.class, names = "FOREIGN")
    void aLineThatCannotBeUsedIsAFailureThatSaysWhatWasFound(Line line) throws Exception {
        LineServer server = line.server();
        server.load();
        RunningTask task = server.start(order("report({'status': 'success'})"));
        assertEquals("FAILURE", task.await(), task.log());
        String last = task.log().lines().reduce((first, second) -> second).orElse("");
        assertTrue(last.contains("(TaskExecutionContext, Path)") && last.contains("3.1 to 3.4"), task.log());
    }

    private static String environment() {
        String environment = System.getenv("DOLPHINML_TEST_ENVIRONMENT");
        assumeTrue(
                environment != null,
                "DOLPHINML_TEST_ENVIRONMENT names no Python environment with papermill and ipykernel");
        return environment;
    }

    private static String notebook(String... sources) {
        ObjectNode notebook = JSON.createObjectNode().put("nbformat", 4).put("nbformat_minor", 5);
        notebook.putObject("metadata")
                .putObject("kernelspec")
                .put("name", "python3")
                .put("display_name", "Python 3")
                .put("language", "python");
        for (String source : sources) {
            ObjectNode cell = notebook.withArray("cells").addObject().put("cell_type", "code");
            cell.put("id", "cell" + notebook.withArray("cells").size()).put("source", source);
            cell.putObject("metadata");
            cell.putNull("execution_count").putArray("outputs");
        }
        return notebook.toString();
    }

    private TaskOrder order(String code, String... fields) {
        ObjectNode node = JSON.createObjectNode().put("code", code);
        for (int i = 0; i < fields.length; i += 2) {
            node.put(fields[i], fields[i + 1]);
        }
        return new TaskOrder("PROBE", node.toString(), directory.toString());
    }

    private List<String> hiddenFiles() throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("."))
                    .collect(Collectors.toList());
        }
    }

    private static String awaitText(Path file) throws Exception {
        while (isEmpty(file)) {
            Thread.sleep(20);
        }
        return Files.readString(file);
    }

    private static boolean isEmpty(Path file) throws Exception {
        return !Files.exists(file) || Files.size(file) == 0;
    }

    private static List<Long> alive(String marker) {
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process).contains("DOLPHINML_RUN=" + marker))
                .map(ProcessHandle::pid)
                .collect(Collectors.toList());
    }

    private static List<String> environment(ProcessHandle process) {
        try {
            byte[] bytes = Files.readAllBytes(Path.of("/proc/" + process.pid() + "/environ"));
            return Arrays.asList(new String(bytes, StandardCharsets.UTF_8).split("\0"));
        } catch (java.io.IOException gone) {
            return Collections.emptyList();
        }
    }
}
