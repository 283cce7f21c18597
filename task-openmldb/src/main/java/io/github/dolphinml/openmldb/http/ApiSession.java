package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.openmldb.config.ApiServer;
import io.github.dolphinml.openmldb.config.ExecuteMode;
import io.github.dolphinml.openmldb.statement.Assignment;
import io.github.dolphinml.openmldb.statement.Statement;
import io.github.dolphinml.openmldb.statement.StatementKind;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A session over a server that has none: the database, the mode and the variables of jobs go along with each statement
 * and are never set on the server, where they would hold for everybody who uses it.
 */
final class ApiSession {

    /** Stands for "no database" in the address, where OpenMLDB wants one. */
    private static final String NO_DATABASE = "no_database";

    private final ApiServer server;
    private final Exchanges exchanges;
    private final Progress progress;
    private String database = NO_DATABASE;
    private ExecuteMode mode;
    private boolean syncJob;
    private Long jobTimeoutMillis;

    ApiSession(ApiServer server, ExecuteMode mode, Exchanges exchanges, Progress progress) {
        this.server = server;
        this.mode = mode;
        this.exchanges = exchanges;
        this.progress = progress;
    }

    /** The mode in which a statement runs. */
    ExecuteMode mode(Statement statement) {
        return statement
                .mode()
                .map(own -> own.equals("offline") ? ExecuteMode.OFFLINE : ExecuteMode.ONLINE)
                .orElse(mode);
    }

    /** Whether the script has told OpenMLDB to wait for jobs. */
    boolean waitsForJobs() {
        return syncJob;
    }

    /** The names of all databases; also tells whether the server is there. */
    List<String> databases() throws StatementException, CancelledException, InterruptedException {
        ApiConnection question = ApiConnection.get(server, "/dbs", ApiConnection.LONGEST_CONNECT);
        return exchanges.ask(question, RowSink.NONE).databases();
    }

    /**
     * Runs a statement of the script.
     *
     * @param within how long the answer may take, zero for no limit
     */
    Reply execute(Statement statement, RowSink sink, Duration within)
            throws StatementException, CancelledException, InterruptedException {
        Optional<Assignment> assignment = statement.assignment().filter(set -> !set.global());
        if (statement.database().isPresent()) {
            use(statement.database().get());
            return Reply.nothing();
        }
        if (assignment.isPresent() && keeps(assignment.get())) {
            return Reply.nothing();
        }
        if (assignment.isPresent()) {
            progress.say("the API server keeps " + assignment.get().variable() + " for all who use it");
        }
        return exchanges
                .ask(post(statement.text(), mode(statement.kind()), within), sink)
                .reply();
    }

    /** Runs a statement of our own about jobs. */
    Reply ask(String sql, Duration within) throws StatementException, CancelledException, InterruptedException {
        return exchanges.ask(post(sql, "online", within), RowSink.NONE).reply();
    }

    /** The same after the task was cancelled. */
    Reply askLate(String sql, Duration within) throws StatementException, InterruptedException {
        exchanges.start(post(sql, "online", within), RowSink.NONE);
        return exchanges.lateAnswer(within).reply();
    }

    private void use(String name) throws StatementException, CancelledException, InterruptedException {
        List<String> known = databases();
        if (!known.contains(name)) {
            String list = known.isEmpty() ? "no database" : String.join(", ", known);
            throw new StatementException("there is no database " + name + "; the API server has " + list);
        }
        database = name;
    }

    private boolean keeps(Assignment assignment) throws StatementException {
        String value = assignment.value().toLowerCase(Locale.ROOT);
        switch (assignment.variable()) {
            case "execute_mode":
                mode = ExecuteMode.from(value)
                        .orElseThrow(
                                () -> new StatementException("the value of execute_mode must be online or offline"));
                return true;
            case "sync_job":
                if (!value.equals("true") && !value.equals("false")) {
                    throw new StatementException("the value of sync_job must be true or false");
                }
                syncJob = value.equals("true");
                return true;
            case "job_timeout":
                if (!value.matches("-?\\d{1,9}")) {
                    throw new StatementException("the value of job_timeout must be a number of milliseconds");
                }
                jobTimeoutMillis = Long.valueOf(value);
                return true;
            default:
                return false;
        }
    }

    /** The API server's word for the mode of the session and whether OpenMLDB waits for the job. */
    private String mode(StatementKind kind) {
        if (mode == ExecuteMode.OFFLINE) {
            return syncJob ? "offsync" : "offasync";
        }
        return syncJob && kind == StatementKind.LOAD_DATA ? "onsync" : "online";
    }

    private ApiConnection post(String sql, String word, Duration within) throws StatementException {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("mode", word);
        content.put("sql", sql);
        if (jobTimeoutMillis != null) {
            content.put("timeout", jobTimeoutMillis);
        }
        try {
            return ApiConnection.post(server, "/dbs/" + database, content, within);
        } catch (IOException unwritable) {
            throw new StatementException("the statement cannot be written as JSON: " + unwritable.getMessage());
        }
    }
}
