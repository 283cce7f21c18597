package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.openmldb.config.StatementRun;
import java.time.Duration;
import java.util.Optional;

/** How often a job is looked at, how long it may run, and what time there is for answers once the task is killed. */
final class Pace {

    // Together they stay below the three seconds that a killed task has.
    private static final Duration LATE_ANSWER = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofMillis(1200);
    private static final Duration LOOK = Duration.ofMillis(600);

    private final Duration pollInterval;
    private final Duration jobTimeout;
    private final Duration afterKill;

    /**
     * @param jobTimeout empty for no limit
     */
    Pace(Duration pollInterval, Optional<Duration> jobTimeout) {
        this(pollInterval, jobTimeout, null);
    }

    private Pace(Duration pollInterval, Optional<Duration> jobTimeout, Duration afterKill) {
        this.pollInterval = pollInterval;
        this.jobTimeout = jobTimeout.orElse(null);
        this.afterKill = afterKill;
    }

    /** The same with so much time for each answer once the task is killed. */
    Pace withTimeAfterKill(Duration each) {
        return new Pace(pollInterval, jobTimeout(), each);
    }

    /** How long a killed task waits for an answer that was pending. */
    Duration lateAnswer() {
        return afterKill == null ? LATE_ANSWER : afterKill;
    }

    /** How long a killed task waits until its job is stopped. */
    Duration stop() {
        return afterKill == null ? STOP : afterKill;
    }

    /** How long a killed task waits for the state of its stopped job. */
    Duration look() {
        return afterKill == null ? LOOK : afterKill;
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
