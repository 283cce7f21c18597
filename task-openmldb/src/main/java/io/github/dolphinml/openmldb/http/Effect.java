package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.openmldb.config.ExecuteMode;
import io.github.dolphinml.openmldb.statement.Statement;
import io.github.dolphinml.openmldb.statement.StatementKind;
import java.util.EnumSet;
import java.util.Set;

/** What a statement may change, as far as a stop, a lost answer or a retry depends on it. */
final class Effect {

    /** What a run that takes over a job of an earlier attempt still has to run. */
    private static final Set<StatementKind> OF_THE_SESSION = EnumSet.of(
            StatementKind.USE,
            StatementKind.SET,
            StatementKind.SELECT,
            StatementKind.SHOW,
            StatementKind.DESCRIBE,
            StatementKind.EXPLAIN);

    private static final Set<StatementKind> STARTS_JOB =
            EnumSet.of(StatementKind.LOAD_DATA, StatementKind.SELECT_INTO, StatementKind.DEPLOY);

    private final Statement statement;
    private final ExecuteMode mode;

    /**
     * @param mode in which the statement runs
     */
    Effect(Statement statement, ExecuteMode mode) {
        this.statement = statement;
        this.mode = mode;
    }

    /** Whether it sets up the session, or only reads and starts no job. */
    boolean isRepeatable() {
        return OF_THE_SESSION.contains(statement.kind())
                && (statement.kind() != StatementKind.SELECT || mode == ExecuteMode.ONLINE);
    }

    private boolean mayBeJob() {
        return STARTS_JOB.contains(statement.kind()) || mode == ExecuteMode.OFFLINE;
    }

    /** What may have happened when it was sent and not answered; empty for nothing that matters. */
    String unanswered() {
        if (mayBeJob()) {
            return "a job may have been started, see SHOW JOBS";
        }
        return isRepeatable() ? "" : "the statement may have been carried out";
    }
}
