package io.github.dolphinml.openmldb.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.common.output.Report;
import io.github.dolphinml.common.testing.Patience;
import io.github.dolphinml.openmldb.config.StatementRun;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the scenarios do not cover: stopping, retries, CSV, and a server that is not there. */
@Timeout(Patience.WHOLE_TEST)
class StatementWorkTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LOAD = "LOAD DATA INFILE 'hdfs://h/a.csv' INTO TABLE t OPTIONS(mode='append')";

    @TempDir
    Path directory;

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final String home = System.getProperty("user.home");

    /** The notes of running jobs go there. */
    @BeforeEach
    void aHomeOfItsOwn() {
        System.setProperty("user.home", directory.toString());
    }

    @AfterEach
    void endThreads() {
        System.setProperty("user.home", home);
        threads.shutdownNow();
    }

    private static JsonNode cluster(String json) throws IOException {
        return JSON.readTree(json.replace('`', '"'));
    }

    private static String job(String states, String more) {
        return "{`databases`: [`d`], `statements`: {`" + LOAD + "`: {`job`: {`id`: 8, `states`: [" + states + "]" + more
                + "}}}}";
    }

    private StatementWork work(NodeOfTest node) {
        return new StatementWork(node.run(), log::add, new Pace(Duration.ofMillis(20), Optional.empty()));
    }

    /** One that lets no answer come too late when it is cancelled. */
    private StatementWork patientWork(NodeOfTest node) {
        Pace pace = new Pace(Duration.ofMillis(20), Optional.empty());
        return new StatementWork(node.run(), log::add, pace.withTimeAfterKill(Duration.ofSeconds(Patience.ENOUGH)));
    }

    private NodeOfTest node(ApiServerDouble server, String sql) {
        return new NodeOfTest(directory, server.address(), "online", sql);
    }

    /** Cancels a work that runs until then, and gives its report. */
    private Report cancelled(StatementWork work, Callable<Boolean> when) throws Exception {
        Future<Report> running = threads.submit(work::run);
        Patience.until(when, log::toString);
        work.cancel();
        return running.get(Patience.ENOUGH, TimeUnit.SECONDS);
    }

    private Callable<Boolean> logged(String text) {
        return () -> log.stream().anyMatch(line -> line.contains(text));
    }

    private static Callable<Boolean> sent(ApiServerDouble server, String statement) {
        return () -> server.statements().contains(statement);
    }

    @Test
    void cancellingStopsTheRunningJob() throws Exception {
        try (ApiServerDouble server = new ApiServerDouble(cluster(job("`RUNNING`", "")), directory)) {
            Report report = cancelled(patientWork(node(server, LOAD)), logged("-> RUNNING"));
            assertEquals(Report.Status.STOPPED, report.status());
            assertTrue(log.contains("[1/1] job 8: asked to stop, now STOPPED"), log.toString());
            List<String> sent = server.statements();
            assertEquals(List.of("STOP JOB 8", "SHOW JOB 8"), sent.subList(sent.size() - 2, sent.size()));
        }
    }

    @Test
    void aJobThatCannotBeStoppedIsNamed() throws Exception {
        try (ApiServerDouble server = new ApiServerDouble(cluster(job("`RUNNING`", ", `stops`: false")), directory)) {
            cancelled(patientWork(node(server, LOAD)), logged("-> RUNNING"));
            assertTrue(log.contains("[1/1] job 8 still runs: it was asked to stop, and is RUNNING"), log.toString());
        }
    }

    @Test
    void cancellingDuringTheSubmissionStopsTheJobThatItGives() throws Exception {
        Path gate = directory.resolve("gate");
        String late = job("`RUNNING`", "").replace("}}}}", "}, `gate`: `" + gate + "`}}}");
        try (ApiServerDouble server = new ApiServerDouble(cluster(late), directory)) {
            StatementWork work = patientWork(node(server, LOAD));
            Future<Report> running = threads.submit(work::run);
            Patience.until(sent(server, LOAD), log::toString);
            threads.submit(work::cancel);
            // It answers after the cancellation, or a moment before: the job is stopped either way.
            Files.createFile(gate);
            running.get(Patience.ENOUGH, TimeUnit.SECONDS);
            assertTrue(server.statements().contains("STOP JOB 8"), server.statements() + log.toString());
        }
    }

    @Test
    void aBlockedStatementIsGivenUpAtOnce() throws Exception {
        String never = job("`RUNNING`", "").replace("}}}}", "}, `gate`: `/nonexistent`}}}");
        try (ApiServerDouble server = new ApiServerDouble(cluster(never), directory)) {
            Report report = cancelled(work(node(server, LOAD)), sent(server, LOAD));
            assertEquals(Report.Status.STOPPED, report.status());
            assertTrue(
                    log.contains("[1/1] Stopped while OpenMLDB had not answered: a job may have been started, see SHOW"
                            + " JOBS"),
                    log.toString());
        }
    }

    @Test
    void aStatementThatIsNotSentBeforeTheStopIsToldAsSuch() throws Exception {
        try (ApiServerDouble server = new ApiServerDouble(cluster("{}"), directory)) {
            Exchanges exchanges = new Exchanges();
            Progress progress = new Progress(
                    line -> {
                        log.add(line);
                        if (line.contains("line 1")) {
                            exchanges.cancel();
                        }
                    },
                    1);
            StatementRun run = node(server, LOAD).run();
            Report report = new StatementLoop(run, exchanges, progress, Pace.of(run)).run();
            exchanges.close();
            assertEquals(Report.Status.STOPPED, report.status());
            assertTrue(log.contains("[1/1] Stopped before the statement was sent to OpenMLDB"), log.toString());
            assertEquals(List.of(), server.statements());
        }
    }

    @Test
    void aRetryTakesOverTheJobThatStillRuns() throws Exception {
        String sql = "USE d; CREATE TABLE t(a int); " + LOAD + "; SHOW TABLES";
        Path notes = directory.resolve("notes");
        String running = "{`databases`: [`d`], `jobs`: {`8`: {`states`: [`RUNNING`, `RUNNING`, `FINISHED`]}}}";
        noteOf(sql, notes);
        try (ApiServerDouble server = new ApiServerDouble(cluster(running), directory)) {
            Attempts.Earlier earlier = attempts(server, notes).find(texts(sql)).get();
            assertEquals(3, earlier.statement());
        }
    }

    @Test
    void anAttemptThatIsLostIsContinuedByTheNext() throws Exception {
        String sql = "USE d; CREATE TABLE t(a int); SELECT 1 AS a; " + LOAD + "; SHOW TABLES";
        String row = "`SELECT 1 AS a`: {`columns`: [`a`], `types`: [`Int32`], `rows`: [[1]]}, ";
        JsonNode first = cluster(job("`RUNNING`", "").replace("`statements`: {", "`statements`: {" + row));
        try (ApiServerDouble server = new ApiServerDouble(first, directory)) {
            StatementWork lost = new StatementWork(
                    node(server, sql).run(), log::add, new Pace(Duration.ofSeconds(30), Optional.empty()));
            Thread attempt = new Thread(() -> {
                try {
                    lost.run();
                } catch (InterruptedException killed) {
                    log.add("killed");
                }
            });
            attempt.start();
            Patience.until(logged("(ImportOfflineData): Submitted"), log::toString);
            attempt.interrupt();
            Patience.until(logged("killed"), log::toString);
            log.clear();
            Report report = new StatementWork(
                            node(server, sql).out("a").run(),
                            log::add,
                            new Pace(Duration.ofMillis(20), Optional.of(Duration.ofSeconds(1))))
                    .run();
            assertEquals(Report.Status.FAILURE, report.status());
        }
        assertTrue(log.contains("job 8 of an earlier attempt is RUNNING: taken over at statement 4"), log.toString());
        assertTrue(log.contains("[2/5] line 1: CREATE TABLE t(a int): done by the earlier attempt"), log.toString());
        assertTrue(log.stream().anyMatch(line -> line.startsWith("[3/5] done after")), log.toString());
        assertFalse(log.stream().anyMatch(line -> line.contains("(ImportOfflineData): Submitted")), log.toString());
    }

    private void noteOf(String sql, Path notes) throws Exception {
        try (ApiServerDouble server = new ApiServerDouble(cluster("{}"), directory)) {
            Job job = new Job(8, Job.TASK_MANAGER);
            attempts(server, notes).note(job, 3, texts(sql));
            try (java.util.stream.Stream<Path> files = Files.list(notes)) {
                Path note = files.collect(Collectors.toList()).get(0);
                assertTrue(new String(Files.readAllBytes(note), StandardCharsets.UTF_8).contains("\"job\":8"));
            }
        }
    }

    private Attempts attempts(ApiServerDouble server, Path notes) {
        Progress progress = new Progress(log::add, 1);
        return new Attempts(Optional.of(notes.toString()), Optional.of("7/load"), "a-cluster", progress);
    }

    private static List<String> texts(String sql) {
        return java.util.Arrays.stream(sql.split("; "))
                .map(text -> "online\n" + text)
                .collect(Collectors.toList());
    }

    @Test
    void theWholeResultGoesToCsv() throws Exception {
        StringBuilder rows = new StringBuilder("[0, null, 1.50]");
        for (int i = 1; i < 2500; i++) {
            rows.append(", [").append(i).append(", `a, 'b'`, 0.1]");
        }
        JsonNode script = cluster("{`statements`: {`SELECT i, s, x FROM t`: {`columns`: [`i`, `s`, `x`], `types`:"
                + " [`Int32`, `String`, `Double`], `rows`: [" + rows + "]}}}");
        try (ApiServerDouble server = new ApiServerDouble(script, directory)) {
            Path folder = directory.resolve("rows");
            NodeOfTest node = node(server, "SELECT i, s, x FROM t").in("openmldb.resultCsv", folder.toString());
            assertEquals(Report.Status.SUCCESS, work(node).run().status());
            List<String> lines = Files.readAllLines(folder.resolve("statement-1.csv"));
            assertEquals(List.of("i,s,x", "0,,1.5", "1,\"a, 'b'\",0.1"), lines.subList(0, 3));
            assertEquals(2501, lines.size());
            assertTrue(log.contains("[1/1] 2500 rows in " + folder.resolve("statement-1.csv")), log.toString());
        }
    }

    @Test
    void namesThatTheServerDoesNotTellAreAskedFor() throws Exception {
        JsonNode script = cluster("{`statements`: {`SELECT count(*) FROM t`: {`columns`: [`count(*)`], `types`:"
                + " [`Int64`], `rows`: [[3]]}}}");
        try (ApiServerDouble server = new ApiServerDouble(script, directory)) {
            assertEquals(
                    Report.Status.SUCCESS,
                    work(node(server, "SELECT count(*) FROM t").out("n")).run().status());
            assertTrue(log.get(log.size() - 1).startsWith("The API server tells no names of columns"), log.toString());
            assertTrue(log.contains("  #1"), log.toString());
        }
    }

    @Test
    void theSessionGoesAlongWithEachStatement() throws Exception {
        String sql = "USE d; SET @@execute_mode='offline'; SET @@sync_job=true; SET @@job_timeout=5000; SHOW TABLES;"
                + " SET @@global.enable_trace=true; SET @@execute_mode='online'; SHOW TABLES";
        try (ApiServerDouble server = new ApiServerDouble(cluster("{`databases`: [`d`]}"), directory)) {
            assertEquals(Report.Status.SUCCESS, work(node(server, sql)).run().status());
            List<String> sent = server.requests().stream()
                    .filter(request -> request.has("post"))
                    .map(request -> request.path("post").asText() + " " + request.path("body"))
                    .collect(Collectors.toList());
            assertEquals(
                    List.of(
                            "/dbs/d {\"mode\":\"offsync\",\"sql\":\"SHOW TABLES\",\"timeout\":5000}",
                            "/dbs/d {\"mode\":\"offsync\",\"sql\":\"SET @@global.enable_trace=true\",\"timeout\":5000}",
                            "/dbs/d {\"mode\":\"online\",\"sql\":\"SHOW TABLES\",\"timeout\":5000}"),
                    sent);
        }
    }

    @Test
    void aWrongModeInTheScriptIsRefused() throws Exception {
        try (ApiServerDouble server = new ApiServerDouble(cluster("{}"), directory)) {
            Report report = work(node(server, "SET @@execute_mode='request'")).run();
            assertEquals(
                    "Statement 1 of 1 (line 1: SET @@execute_mode='request') failed: the value of execute_mode must be"
                            + " online or offline.",
                    report.untoldError().get());
        }
    }

    @Test
    void anAddressThatNobodyListensOn() throws Exception {
        Report report = work(new NodeOfTest(directory, "127.0.0.1:1", "online", "SHOW TABLES"))
                .run();
        String sentence = report.untoldError().get();
        assertTrue(
                sentence.startsWith("openmldb.apiServer: no API server of OpenMLDB answers at 127.0.0.1:1 "), sentence);
        assertTrue(sentence.contains("Connection refused"), sentence);
        assertTrue(log.isEmpty(), log.toString());
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUpWithinTenSeconds() throws Exception {
        try (ServerSocket mute = new ServerSocket(0)) {
            String address = "127.0.0.1:" + mute.getLocalPort();
            Report report = work(new NodeOfTest(directory, address, "online", "SHOW TABLES"))
                    .run();
            assertTrue(
                    report.untoldError().get().contains("did not answer within 10 s"),
                    report.untoldError().get());
        }
    }

    @Test
    void anAnswerThatIsNoneIsNamed() throws Exception {
        try (ServerSocket other = new ServerSocket(0)) {
            threads.submit(() -> {
                try (java.net.Socket client = other.accept()) {
                    client.getInputStream().read(new byte[1000]);
                    client.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ht>".getBytes(StandardCharsets.UTF_8));
                }
                return null;
            });
            String address = "127.0.0.1:" + other.getLocalPort();
            Report report = work(new NodeOfTest(directory, address, "online", "SHOW TABLES"))
                    .run();
            assertTrue(
                    report.untoldError().get().contains("no API server of OpenMLDB answers"),
                    report.untoldError().get());
        }
    }

    @Test
    void aFileForCsvThatCannotBeWrittenFailsTheStatement() throws Exception {
        JsonNode script =
                cluster("{`statements`: {`SELECT 1 AS a`: {`columns`: [`a`], `types`: [`Int32`], `rows`: [[1]]}}}");
        Path file = Files.createFile(directory.resolve("file"));
        try (ApiServerDouble server = new ApiServerDouble(script, directory)) {
            NodeOfTest node = node(server, "SELECT 1 AS a")
                    .in("openmldb.resultCsv", Paths.get(file.toString(), "x").toString());
            Report report = work(node).run();
            assertEquals(Report.Status.FAILURE, report.status());
            assertTrue(
                    report.untoldError().get().contains("Statement 1 of 1"),
                    report.untoldError().get());
        }
    }
}
