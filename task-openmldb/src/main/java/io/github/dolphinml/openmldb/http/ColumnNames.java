package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.openmldb.statement.Statement;
import io.github.dolphinml.openmldb.statement.StatementKind;
import java.util.ArrayList;
import java.util.List;

/** The names of an answer's columns, which the API server does not tell. */
final class ColumnNames {

    private ColumnNames() {}

    /** Names from the statement's text, those of jobs, or numbers. */
    static List<String> of(Statement statement, Reply reply) {
        int count = reply.types().size();
        boolean jobs = statement.kind() == StatementKind.SHOW || statement.kind() == StatementKind.STOP_JOB;
        if (jobs && Job.isRow(reply)) {
            return Job.COLUMNS.subList(0, count);
        }
        return of(statement.columns(), count);
    }

    /** The names if there are as many as columns, else {@code #1}, {@code #2} and so on. */
    static List<String> of(List<String> names, int count) {
        if (names.size() == count) {
            return names;
        }
        List<String> numbers = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            numbers.add("#" + i);
        }
        return numbers;
    }
}
