package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.openmldb.config.StatementRun;
import java.time.Duration;
import java.util.Optional;

/** How often a job is looked at, and how long it may run. */
final class Pace {

    private final Duration pollInterval;
    private final Duration jobTimeout;

    /**
     * @param jobTimeout empty for no limit
     */
    Pace(Duration pollInterval, Optional<Duration> jobTimeout) {
        this.pollInterval = pollInterval;
        this.jobTimeout = jobTimeout.orElse(null);
    }

    static Pace of(StatementRun run) {
        return new Pace(run.pollInterval(), run.jobTimeout());
    }

    Duration pollInterval() {
        return pollInterval;
    }

    Optional<Duration> jobTimeout() {
        return Optional.ofNullable(jobTimeout);
    }

    /** This time, or the poll interval if that is shorter. */
    Duration atMost(Duration time) {
        return time.compareTo(pollInterval) <= 0 ? time : pollInterval;
    }
}
