package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.dolphinml.openmldb.config.ExecuteMode;
import io.github.dolphinml.openmldb.statement.StatementKind;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A job as OpenMLDB last told of it. */
final class Job {

    /** What OpenMLDB's documentation of SHOW JOBS lists. The older form ends after {@code error}. */
    static final List<String> COLUMNS = Collections.unmodifiableList(Arrays.asList(
            "job_id",
            "job_type",
            "state",
            "start_time",
            "end_time",
            "parameter",
            "cluster",
            "application_id",
            "error",
            "db",
            "name",
            "pid",
            "cur_task",
            "component"));

    static final String TASK_MANAGER = "TaskManager";
    static final String NAME_SERVER = "NameServer";

    private static final String FINISHED = "FINISHED";
    private static final List<String> FINAL_STATES = Arrays.asList(FINISHED, "FAILED", "KILLED", "LOST", "STOPPED");
    private static final int COLUMNS_OF_OLD_FORM = 9;

    private final int number;
    private final String component;
    private String type;
    private String state = "Submitted";
    private Long startTime;
    private String cluster = "";
    private String error = "";

    Job(int number, String component) {
        this.number = number;
        this.component = component;
    }

    /** The job that a statement started, if its answer tells of one. */
    static Optional<Job> of(Reply reply, StatementKind kind, ExecuteMode mode) {
        if (reply.total() != 1) {
            return Optional.empty();
        }
        List<JsonNode> row = reply.rows().get(0);
        if (kind == StatementKind.DEPLOY && reply.types().equals(Collections.singletonList("Int64"))) {
            return Optional.of(new Job(row.get(0).intValue(), NAME_SERVER));
        }
        boolean query = kind == StatementKind.SELECT || kind == StatementKind.SELECT_INTO;
        boolean starts = kind == StatementKind.LOAD_DATA || (query && mode == ExecuteMode.OFFLINE);
        if (!starts || !isRow(reply)) {
            return Optional.empty();
        }
        Job job = new Job(row.get(0).intValue(), TASK_MANAGER);
        job.update(row);
        return Optional.of(job);
    }

    /** Whether the answer has the columns of jobs; the API server gives types and no names. */
    static boolean isRow(Reply reply) {
        List<String> types = reply.types();
        return types.size() >= COLUMNS_OF_OLD_FORM
                && types.size() <= COLUMNS.size()
                && types.get(0).startsWith("Int")
                && types.get(1).equals("String")
                && types.get(2).equals("String");
    }

    void update(List<JsonNode> row) {
        type = given(row.get(1), type);
        state = given(row.get(2), state);
        startTime = row.get(3).isIntegralNumber() && row.get(3).longValue() != 0
                ? (Long) row.get(3).longValue()
                : startTime;
        cluster = given(row.get(6), cluster);
        error = given(row.get(8), error);
    }

    private static String given(JsonNode value, String before) {
        return value.isNull() || value.asText().isEmpty() ? before : value.asText();
    }

    void remember(String knownType, Long knownStart) {
        type = knownType;
        startTime = knownStart;
    }

    void lose(String reason) {
        state = "LOST";
        error = reason;
    }

    int number() {
        return number;
    }

    String component() {
        return component;
    }

    String type() {
        return type;
    }

    String state() {
        return state;
    }

    Long startTime() {
        return startTime;
    }

    String cluster() {
        return cluster;
    }

    boolean isFinal() {
        return FINAL_STATES.contains(state.toUpperCase(Locale.ROOT));
    }

    boolean isFinished() {
        return state.equalsIgnoreCase(FINISHED);
    }

    boolean isOfTaskManager() {
        return component.equals(TASK_MANAGER);
    }

    /** Whether OpenMLDB can only note that the job was stopped. */
    boolean outlivesStop() {
        return cluster.toLowerCase(Locale.ROOT).matches("(local|yarn-client|yarn_client).*");
    }

    /** The statement that shows this job and no other. */
    String query() {
        return isOfTaskManager() ? "SHOW JOB " + number : "SHOW JOBS FROM NAMESERVER LIKE '" + number + "'";
    }

    /** How it ended, for a sentence. */
    String end() {
        boolean told = !error.isEmpty() && !error.equalsIgnoreCase("null");
        return this + " is " + state + (told ? ": " + error : "");
    }

    @Override
    public String toString() {
        return "job " + number;
    }
}
