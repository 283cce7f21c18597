/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.openmldb.statement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SqlScriptTest {

    private static List<Statement> cut(String script) {
        try {
            return SqlScript.of(script).statements();
        } catch (UnclosedException unclosed) {
            throw new AssertionError(unclosed);
        }
    }

    private static List<String> texts(String script) {
        return cut(script).stream().map(Statement::text).collect(Collectors.toList());
    }

    private static Statement only(String script) {
        List<Statement> statements = cut(script);
        assertEquals(1, statements.size(), script);
        return statements.get(0);
    }

    @Test
    void separatesOnlyWhereASemicolonSeparates() {
        assertEquals(Arrays.asList("SELECT 1", "SELECT 2"), texts("SELECT 1;SELECT 2;"));
        assertEquals(Collections.singletonList("SELECT ';'"), texts("SELECT ';';"));
        assertEquals(Collections.singletonList("SELECT \"a;b\""), texts("SELECT \"a;b\""));
        assertEquals(Collections.singletonList("SELECT `a;b` FROM t"), texts("SELECT `a;b` FROM t;"));
        assertEquals(Collections.singletonList("SELECT /* ; */ 1"), texts("SELECT /* ; */ 1;"));
        assertEquals(Arrays.asList("SELECT 1", "SELECT 2"), texts("SELECT 1 -- ; not here\n; SELECT 2 # nor; here"));
    }

    @Test
    void knowsTheEscapesOfStrings() {
        assertEquals(Arrays.asList("SELECT 'it''s; fine'", "SELECT 2"), texts("SELECT 'it''s; fine'; SELECT 2"));
        assertEquals(Arrays.asList("SELECT 'it\\'s; fine'", "SELECT 2"), texts("SELECT 'it\\'s; fine'; SELECT 2"));
        assertEquals(Arrays.asList("SELECT \"a\\\";b\"\";\"", "SELECT 2"), texts("SELECT \"a\\\";b\"\";\"; SELECT 2"));
        assertEquals(Arrays.asList("SELECT '\\\\'", "SELECT 2"), texts("SELECT '\\\\'; SELECT 2"));
        assertEquals(Arrays.asList("SELECT r'\\'; '", "SELECT 2"), texts("SELECT r'\\'; '; SELECT 2"));
        assertEquals(Arrays.asList("SELECT `a\\`;b`", "SELECT 2"), texts("SELECT `a\\`;b`; SELECT 2"));
    }

    @Test
    void threeQuotesOpenAStringThatThreeQuotesClose() {
        assertEquals(Arrays.asList("SELECT '''it's; one'''", "SELECT 2"), texts("SELECT '''it's; one'''; SELECT 2"));
        assertEquals(
                Arrays.asList("SELECT \"\"\"say \"hi\";\n\"\"\"", "SELECT 2"),
                texts("SELECT \"\"\"say \"hi\";\n\"\"\"; SELECT 2"));
    }

    @Test
    void threeQuotesThatNothingClosesAreADoubledQuote() {
        assertEquals(Arrays.asList("SELECT '''a;'", "SELECT 2"), texts("SELECT '''a;'; SELECT 2"));
        assertEquals(Arrays.asList("SELECT ''''", "SELECT 2"), texts("SELECT ''''; SELECT 2"));
    }

    @Test
    void quotesInCommentsOpenNothing() {
        assertEquals(Arrays.asList("SELECT 1", "SELECT 2"), texts("-- it's; SELECT\nSELECT 1; /* don't; */ SELECT 2"));
        assertEquals(Collections.singletonList("SELECT 5 - 2"), texts("SELECT 5 - 2"));
        assertEquals(Collections.singletonList("SELECT 6 / 2 * 3"), texts("SELECT 6 / 2 * 3;"));
    }

    @Test
    void blanksAndCommentsAreNoStatements() {
        assertTrue(cut("").isEmpty());
        assertTrue(cut(" ;;\n -- nothing\n;/* here */\u00a0\u3000;").isEmpty());
    }

    @Test
    void everyByteOfAStatementStays() {
        String text = "SELECT\t'中文 \ud83d\ude00',\r\n  `列` -- why\r\n FROM t\f WHERE a = \"x\u00a0y\"";
        assertEquals(
                Collections.singletonList(text), texts("\ufeff".substring(1) + " /* c */ " + text + " \r\n ; -- end"));
    }

    @Test
    void numbersAndLinesAreThoseOfTheScript() {
        List<Statement> statements = cut("-- one\r\n\r\nUSE db;\r-- three\rSELECT\n'a\nb' FROM t;\n\n  SHOW TABLES");
        assertEquals(
                Arrays.asList("1 (line 3): USE db", "2 (line 5): SELECT 'a b' FROM t", "3 (line 9): SHOW TABLES"),
                statements.stream().map(Statement::toString).collect(Collectors.toList()));
    }

    @Test
    void headIsShortAndOnOneLine() {
        String head = only("SELECT  a,\n\t b /* all of it */ FROM "
                        + String.join(" JOIN ", Collections.nCopies(40, "t")))
                .head();
        assertTrue(head.startsWith("SELECT a, b FROM t JOIN t"), head);
        assertTrue(head.endsWith(" ...") && head.length() <= 104, head);
    }

    @Test
    void headOfAUserHoldsNoPassword() {
        assertEquals(
                "CREATE USER u1 ...",
                only("CREATE USER u1 OPTIONS(password='s3cret')").head());
    }

    @Test
    void whatHasNoEndIsNamedWithItsLine() {
        UnclosedException string =
                assertThrows(UnclosedException.class, () -> SqlScript.of("SELECT 1;\nSELECT 'ab\nc"));
        assertEquals("line 2: the string that begins with 'ab is not closed", string.getMessage());
        UnclosedException comment = assertThrows(UnclosedException.class, () -> SqlScript.of("/* SELECT 1;"));
        assertEquals("line 1: the comment that begins with /* SELECT 1; is not closed", comment.getMessage());
        UnclosedException name = assertThrows(UnclosedException.class, () -> SqlScript.of("\n\nSELECT `a"));
        assertEquals(3, name.line());
        assertThrows(UnclosedException.class, () -> SqlScript.of("SELECT 'a\\"));
    }

    @Test
    void intoOutfileWithinParenthesesOrAStringIsNotAnExport() {
        assertEquals(StatementKind.SELECT, only("SELECT ' INTO OUTFILE ' AS a").kind());
        assertEquals(
                StatementKind.SELECT_INTO, only("(SELECT 1) INTO OUTFILE 'x'").kind());
        assertEquals(
                StatementKind.SELECT_INTO,
                only("WITH q AS (SELECT 1) SELECT * FROM q into outfile 'x'").kind());
        assertEquals(StatementKind.EXIT, only("quit").kind());
    }

    @Test
    void readsWhatASetStatementSets() {
        Assignment mode =
                only("set @@SESSION.Execute_Mode = \"offline\"").assignment().get();
        assertEquals("execute_mode", mode.variable());
        assertEquals("offline", mode.value());
        assertFalse(mode.global());
        assertTrue(only("SET @@global.sync_job=true").assignment().get().global());
        assertTrue(only("SET GLOBAL sync_job = 'true'").assignment().get().global());
        assertEquals(
                "false",
                only("SET SESSION sync_job = FALSE").assignment().get().value().toLowerCase());
        assertEquals("-1", only("SET @@job_timeout = -1").assignment().get().value());
        assertFalse(only("SET").assignment().isPresent());
        assertFalse(only("SET @@a =").assignment().isPresent());
    }

    @Test
    void readsWhatALoadStatementReads() {
        ImportSource source = only("LOAD DATA INFILE 'file:///a b.csv' INTO TABLE t")
                .importSource()
                .get();
        assertEquals("file:///a b.csv", source.path());
        assertTrue(source.localFile() && source.errorIfExists() && !source.readByClient());
        ImportSource hdfs =
                only("LOAD DATA INFILE \"hdfs://h/x\" INTO TABLE db.t OPTIONS ( MODE = 'Overwrite', load_mode='local')")
                        .importSource()
                        .get();
        assertTrue(!hdfs.localFile() && !hdfs.errorIfExists() && hdfs.readByClient());
        assertTrue(only("LOAD DATA INFILE 'data.csv' INTO TABLE t")
                .importSource()
                .get()
                .localFile());
        assertFalse(only("LOAD DATA").importSource().isPresent());
    }

    @Test
    void readsTheDatabaseOfAUseStatement() {
        assertEquals("demo db", only("USE `demo db`").database().get());
        assertFalse(only("USE").database().isPresent());
    }

    @Test
    void readsTheNamesOfColumns() {
        assertEquals(
                Arrays.asList("a", "b", "c", "d e", "n", "total"),
                only("SELECT a, t.b, db.t.c, `d e`, count(*) AS n, sum(x, 1) total FROM t")
                        .columns());
        assertEquals(
                Arrays.asList("a", "w"),
                only("SELECT DISTINCT a, sum(b) OVER w1 AS w FROM t").columns());
        assertEquals(
                Arrays.asList("one"),
                only("WITH q AS (SELECT 1, 2) SELECT x AS one FROM q").columns());
        assertEquals(Arrays.asList("a"), only("SELECT max(x) AS a").columns());
        assertTrue(only("SELECT * FROM t").columns().isEmpty());
        assertTrue(only("SELECT a, b + 1 FROM t").columns().isEmpty());
        assertTrue(only("SELECT 1").columns().isEmpty());
        assertTrue(only("SELECT CASE WHEN a THEN 1 ELSE 0 END FROM t").columns().isEmpty());
    }

    @Test
    void readsTheModeOfAQuery() {
        assertEquals(
                Optional.of("offline"),
                only("SELECT a FROM t CONFIG (values = (1, 'x'), execute_mode = \"OFFLINE\")")
                        .mode());
        assertEquals(
                Optional.of("request"),
                only("SELECT a FROM t config(execute_mode='request')").mode());
        assertEquals(
                Optional.empty(),
                only("SELECT 'CONFIG (execute_mode = offline)', execute_mode FROM config")
                        .mode());
        assertEquals(Optional.empty(), only("SET execute_mode = 'offline'").mode());
    }

    @Test
    void knowsWhetherAVariableIsSet() throws UnclosedException {
        assertTrue(SqlScript.of("USE d; SET @@sync_job = true;").sets("sync_job"));
        assertFalse(SqlScript.of("USE d; SELECT '@@sync_job = true';").sets("sync_job"));
    }
}
