/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.common.validate.InvalidTaskException;
import io.github.dolphinml.openmldb.OpenmldbParameters;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementRunReaderTest {

    @TempDir
    Path directory;

    private List<String> warnings;

    private TestNode node() {
        return TestNode.of("OPENMLDB", directory)
                .field("zk", "127.0.0.1:2181")
                .field("zkPath", "/openmldb")
                .field("sql", "SHOW TABLES");
    }

    private StatementRun read(TestNode test) {
        TaskExecutionContext context = test.context();
        Node node = new Node(MlParameters.read(context.getTaskParams(), new OpenmldbParameters()), context);
        StatementRun run = new StatementRunReader(node).read();
        node.problems().throwIfAny();
        warnings = node.problems().warnings();
        return run;
    }

    private String fault(TestNode test) {
        return assertThrows(InvalidTaskException.class, () -> read(test)).getMessage();
    }

    @Test
    void aFormAsTheStockOneSendsIt() {
        StatementRun run = read(node().field("executeMode", "online")
                .field("rawScript", "")
                .field("sql", "\n\nUSE d;\nSHOW TABLES;")
                .out("n", DataType.INTEGER));
        assertEquals("127.0.0.1:2181", run.zk());
        assertEquals("/openmldb", run.zkPath());
        assertEquals(ExecuteMode.ONLINE, run.executeMode());
        assertEquals(3, run.script().statements().get(0).line());
        assertEquals(Collections.singletonList("n"), run.outputs());
        assertEquals("7/a task", run.runKey().get());
        assertFalse(run.apiServer().isPresent()
                || run.jobTimeout().isPresent()
                || run.resultFolder().isPresent());
        assertEquals(5, run.pollInterval().getSeconds());
    }

    @Test
    void offlineIsTheModeOfAFormWithoutOne() {
        assertEquals(
                ExecuteMode.OFFLINE, read(node().field("executeMode", null)).executeMode());
        assertEquals(ExecuteMode.OFFLINE, read(node().field("executeMode", "")).executeMode());
    }

    @Test
    void allFaultsAreSaidAtOnce() {
        String fault = fault(TestNode.of("OPENMLDB", directory)
                .field("zkPath", "openmldb")
                .field("executeMode", "request")
                .field("sql", "SELECT 'a")
                .in("openmldb.jobTimeout", "soon")
                .in("openmldb.password", "hush-hush"));
        assertEquals(
                Arrays.asList(
                        "openmldb.jobTimeout: \"soon\" is not a value of this option; use a whole number from 1 up.",
                        "executeMode: \"request\" is not a mode; use offline or online.",
                        "sql: line 1: the string that begins with 'a is not closed; close it.",
                        "openmldb.password: there is no user to it; set openmldb.user too.",
                        "zk: it is empty; give the servers of ZooKeeper, as in 127.0.0.1:2181.",
                        "zkPath: \"openmldb\" does not begin with a slash; use a path as in /openmldb."),
                Arrays.asList(fault.split("\n")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "-- SELECT 1;", ";;"})
    void sqlWithoutAStatementIsRefused(String sql) {
        String fault = fault(node().field("sql", sql));
        assertTrue(fault.startsWith("sql: ") && fault.endsWith("write at least one statement."), fault);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EXIT", "quit;"})
    void whatEndsTheClientIsRefused(String sql) {
        assertTrue(fault(node().field("sql", "SHOW TABLES;\n" + sql)).startsWith("sql: statement 2 (line 2): "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a:1/x", ",", "a:1,,b:2"})
    void aListOfServersThatIsNone(String zk) {
        assertTrue(fault(node().field("zk", zk)).startsWith("zk: "), zk);
    }

    @Test
    void placeholdersAreResolvedAndAValueStaysAValue() {
        StatementRun run = read(node().global("day", "it's; \"1\"")
                .field("sql", "SELECT \"${day}\" AS a")
                .field("zkPath", "/${path}")
                .global("path", "openmldb"));
        assertEquals("/openmldb", run.zkPath());
        assertEquals(
                "SELECT \"it's; \"", run.script().statements().get(0).text().substring(0, 15));
    }

    @Test
    void aParameterWithoutAValueIsAFaultOfACoordinateAndAWarningInAStatement() {
        assertTrue(
                fault(node().field("zkPath", "${path}")).startsWith("zkPath: the parameter path has no value here; "));
        StatementRun run = read(node().field("sql", "SELECT '${x}'"));
        assertEquals("SELECT '${x}'", run.script().statements().get(0).text());
        assertEquals(
                "sql: the parameter x has no value here; its placeholder stays in the text as it is.", warnings.get(0));
    }

    @Test
    void anApiServerNeedsNoZooKeeper() {
        StatementRun run = read(TestNode.of("OPENMLDB", directory)
                .field("sql", "SHOW TABLES")
                .in("ml.openmldb.apiServer", "http://host-1.example:8080/"));
        assertEquals("host-1.example:8080", run.apiServer().get().address());
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "host:0", "host:70000", "https://h:1", "h:1/dbs", "h o:1", "a@h:1"})
    void anAddressThatIsNone(String address) {
        assertTrue(fault(node().in("openmldb.apiServer", address)).startsWith("openmldb.apiServer: "), address);
    }

    @Test
    void theOptionsOfANode() {
        StatementRun run = read(node().in("openmldb.jobTimeout", "90")
                .in("openmldb.pollInterval", "1")
                .in("openmldb.resultCsv", "true")
                .in("openmldb.user", "root")
                .in("openmldb.password", "hush-hush")
                .in("openmldb.environment", "/opt/venv"));
        assertEquals(90, run.jobTimeout().get().getSeconds());
        assertEquals(run.workingDirectory(), run.resultFolder().get());
        assertEquals("hush-hush", run.password().get());
        assertEquals("/opt/venv", run.environment().choice().text());
        assertEquals(
                "rows",
                read(node().in("openmldb.resultCsv", "rows")).resultFolder().get());
    }

    @Test
    void theFolderOfNotesIsTheOperatorsAlone() {
        assertTrue(fault(node().in("openmldb.recordDir", "/tmp")).contains("only an operator can set it"));
    }

    @Test
    void whatARetryWouldMeetIsReportedBefore() {
        read(node().field(
                        "sql",
                        "LOAD DATA INFILE 'file:///a.csv' INTO TABLE t;\n"
                                + "LOAD DATA INFILE 'hdfs://h/a' INTO TABLE t OPTIONS(mode='append');\n"
                                + "SET @@execute_mode='online';\n"
                                + "LOAD DATA INFILE 'hdfs://h/a' INTO TABLE t;\n"
                                + "LOAD DATA INFILE '/a.csv' INTO TABLE t OPTIONS(load_mode='local', mode='append');"));
        assertEquals(2, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains("Statement 1 (line 1)")
                && warnings.get(0).contains("error_if_exists"));
        assertTrue(warnings.get(1).contains("Statement 1 (line 1)")
                && warnings.get(1).contains("the machine where"));
    }
}
