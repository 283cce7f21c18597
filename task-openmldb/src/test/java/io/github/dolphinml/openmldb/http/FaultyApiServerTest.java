package io.github.dolphinml.openmldb.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.output.Report;
import io.github.dolphinml.common.testing.Patience;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An API server that hangs, resets, answers 500 or is slow; what is expected is in docs/en/faults.md. */
@Timeout(Patience.WHOLE_TEST)
class FaultyApiServerTest {

    private static final String LOAD = "LOAD DATA INFILE 'hdfs://h/a.csv' INTO TABLE t OPTIONS(mode='append')";
    private static final String INSERT = "INSERT INTO t VALUES (1)";
    private static final String CLUSTER = "{\"statements\": {\"" + LOAD
            + "\": {\"job\": {\"id\": 8, \"states\": [\"RUNNING\", \"RUNNING\", \"FINISHED\"]}}}}";

    @TempDir
    Path directory;

    private final List<String> log = new CopyOnWriteArrayList<>();
    private List<String> sent;

    private Report run(String sql, String rules) throws Exception {
        return run(sql, rules, Optional.empty());
    }

    private Report run(String sql, String rules, Optional<Duration> jobTimeout) throws Exception {
        String home = System.getProperty("user.home");
        System.setProperty("user.home", directory.toString());
        try (ApiServerDouble server = new ApiServerDouble(new ObjectMapper().readTree(CLUSTER), directory);
                FaultyServer faulty = new FaultyServer(server, rules.replace('\'', '"'))) {
            NodeOfTest node = new NodeOfTest(directory, faulty.address(), "online", sql);
            Report report = new StatementWork(node.run(), log::add, new Pace(Duration.ofMillis(20), jobTimeout)).run();
            sent = server.statements();
            return report;
        } finally {
            System.setProperty("user.home", home);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hang, did not answer within 10 s",
        "drip, did not answer within 10 s",
        "reset, reset",
        "503, answered with HTTP status 503",
        "404, answered with HTTP status 404",
        "cut, no API server of OpenMLDB answers",
    })
    void beforeTheFirstStatementTheTaskFailsAtOnce(String fault, String words) throws Exception {
        Report report = run(INSERT, "[{'fault': '" + fault + "'}]");
        String sentence = report.untoldError().get();
        assertTrue(
                sentence.startsWith("openmldb.apiServer: no API server of OpenMLDB answers at 127.0.0.1:"), sentence);
        assertTrue(sentence.contains(words), sentence);
        assertEquals(Collections.emptyList(), sent);
    }

    @ParameterizedTest
    @CsvSource({
        "reset, reset",
        "lost, reset",
        "500, answered with HTTP status 500",
        "cut, end",
    })
    void aLostAnswerFailsTheTaskAndNothingIsSentAgain(String fault, String words) throws Exception {
        String rules = "[{'match': 'INSERT', 'fault': '" + fault + "'}, {'match': 'LOAD', 'fault': '" + fault + "'}]";
        String sentence = run(INSERT, rules).untoldError().get();
        assertTrue(sentence.startsWith("Statement 1 of 1 (line 1: INSERT INTO t VALUES (1)) failed: "), sentence);
        assertTrue(sentence.contains(words), sentence);
        assertTrue(sentence.endsWith("; the statement may have been carried out."), sentence);
        assertTrue(sent.size() <= 1, sent.toString());
        sentence = run(LOAD, rules).untoldError().get();
        assertTrue(sentence.endsWith("; a job may have been started, see SHOW JOBS."), sentence);
        assertTrue(sent.size() <= 1, sent.toString());
    }

    @Test
    void aRefusalIsNoLostAnswer() throws Exception {
        String sentence = run(INSERT, "[{'match': 'INSERT', 'fault': '404'}]")
                .untoldError()
                .get();
        assertTrue(sentence.endsWith(" answered with HTTP status 404."), sentence);
    }

    @ParameterizedTest
    @CsvSource({"reset", "500", "cut", "lost"})
    void aJobIsFollowedThroughAShortFault(String fault) throws Exception {
        Report report = run(LOAD, "[{'match': 'SHOW JOB', 'fault': '" + fault + "', 'after': 1, 'times': 3}]");
        assertEquals(Report.Status.SUCCESS, report.status(), log.toString());
        assertTrue(
                log.stream().anyMatch(line -> line.startsWith("[1/1] job 8: OpenMLDB does not tell its state,")),
                log.toString());
        assertEquals(1, sent.stream().filter(LOAD::equals).count());
    }

    @Test
    void aSlowServerIsWaitedFor() throws Exception {
        assertEquals(Report.Status.SUCCESS, run(LOAD, "[{'fault': 'slow'}]").status(), log.toString());
    }

    @Test
    void aServerThatHangsWhileItWaitsForAJobIsGivenUpAtTheJobsTimeLimit() throws Exception {
        Report report = run(
                "SET @@sync_job=true; " + LOAD,
                "[{'match': 'LOAD', 'fault': 'hang'}]",
                Optional.of(Duration.ofSeconds(1)));
        String sentence = report.untoldError().get();
        assertTrue(
                sentence.endsWith("did not answer within 1 s; a job may have been started, see SHOW JOBS."), sentence);
    }
}
