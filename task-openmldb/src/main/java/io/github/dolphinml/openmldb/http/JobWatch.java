package io.github.dolphinml.openmldb.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Follows jobs from their submission to their final state. The times are those of {@code jobs.py}. */
final class JobWatch {

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_SECOND_LOOK = Duration.ofSeconds(2);
    private static final Duration BETWEEN_SIGNS_OF_LIFE = Duration.ofSeconds(60);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(120);
    private static final Duration LONGEST_LOG = Duration.ofSeconds(20);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(10);
    private static final int LOG_LINES = 40;

    private final ApiSession session;
    private final Exchanges exchanges;
    private final Progress progress;
    private final Pace pace;

    JobWatch(ApiSession session, Exchanges exchanges, Progress progress, Pace pace) {
        this.session = session;
        this.exchanges = exchanges;
        this.progress = progress;
        this.pace = pace;
    }

    /** Asks for the job's state. A job that OpenMLDB does not know any more is lost. */
    void look(Job job) throws StatementException, CancelledException, InterruptedException {
        update(job, session.ask(job.query(), LONGEST_ANSWER));
    }

    private static void update(Job job, Reply reply) {
        if (reply.total() == 0) {
            job.lose("OpenMLDB does not know it any more");
        } else {
            job.update(reply.rows().get(0));
        }
    }

    /** Returns when the job has finished; fails for every other end. */
    void follow(Job job) throws StatementException, CancelledException, InterruptedException {
        Stopwatch running = Stopwatch.started();
        Stopwatch sign = Stopwatch.started();
        Stopwatch silence = null;
        progress.say(job + " (" + (job.type() == null ? job.component() : job.type()) + "): " + job.state());
        Duration pause = pace.atMost(FIRST_PAUSE);
        while (!job.isFinal()) {
            checkTime(job, running);
            exchanges.pause(pause);
            pause = pace.atMost(pause.multipliedBy(3).dividedBy(2));
            String before = job.state();
            try {
                look(job);
                silence = null;
            } catch (StatementException silent) {
                silence = silence(job, silence, silent);
            }
            if (!job.state().equals(before)) {
                progress.say(job + ": " + before + " -> " + job.state() + " after " + running.seconds() + " s");
                sign = Stopwatch.started();
            } else if (sign.reached(BETWEEN_SIGNS_OF_LIFE)) {
                progress.say(job + ": still " + job.state() + " after " + running.seconds() + " s");
                sign = Stopwatch.started();
            }
        }
        if (!job.isFinished()) {
            throw new JobFailedException(job.end(), job);
        }
        exchanges.pause(pace.atMost(LONGEST_SECOND_LOOK));
        lookAgain(job);
    }

    /** Fails if a job that had finished has failed since: OpenMLDB may take its word back. */
    void lookAgain(Job job) throws StatementException, CancelledException, InterruptedException {
        try {
            look(job);
        } catch (StatementException silent) {
            progress.say(job + ": FINISHED, but OpenMLDB could not be asked again: " + silent.getMessage());
            return;
        }
        if (!job.isFinished()) {
            progress.say(job + ": FINISHED -> " + job.state());
            throw new JobFailedException(job.end(), job);
        }
    }

    /** The last lines of the job's log, as many as there are. */
    List<String> logEnd(Job job) throws CancelledException, InterruptedException {
        if (!job.isOfTaskManager()) {
            return Collections.emptyList();
        }
        try {
            List<String> lines = log(job, LONGEST_LOG);
            return lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
        } catch (StatementException unreadable) {
            return Collections.singletonList(
                    "(the log of " + job + " could not be read: " + unreadable.getMessage() + ")");
        }
    }

    /** The job's log without empty lines; for an offline SELECT its rows are in it. */
    List<String> log(Job job, Duration within) throws StatementException, CancelledException, InterruptedException {
        List<String> lines = new ArrayList<>();
        for (List<JsonNode> row :
                session.ask("SHOW JOBLOG " + job.number(), within).rows()) {
            for (String line : row.get(0).asText().split("\r\n|\r|\n")) {
                if (!line.trim().isEmpty()) {
                    lines.add(line);
                }
            }
        }
        return lines;
    }

    /** Asks OpenMLDB to stop the job of a killed task and looks again. Whether it is in a final state then. */
    boolean stop(Job job) throws InterruptedException {
        return stop(job, pace.stop(), pace.look());
    }

    private boolean stop(Job job, Duration stopWithin, Duration lookWithin) throws InterruptedException {
        if (!job.isOfTaskManager()) {
            progress.say(job + " belongs to OpenMLDB's name server, which cannot stop it: it goes on");
            return false;
        }
        try {
            session.askLate("STOP JOB " + job.number(), stopWithin);
            update(job, session.askLate(job.query(), lookWithin));
        } catch (StatementException failed) {
            progress.say(job + " may still run: it could not be stopped: " + failed.getMessage());
            return false;
        }
        if (!job.isFinal()) {
            progress.say(job + " still runs: it was asked to stop, and is " + job.state());
            return false;
        }
        progress.say(job + ": asked to stop, now " + job.state());
        if (job.outlivesStop()) {
            progress.say(job + " runs on " + job.cluster()
                    + ", where OpenMLDB only notes the stop: its process goes on to its end");
        }
        return true;
    }

    private void checkTime(Job job, Stopwatch running) throws JobFailedException, InterruptedException {
        if (pace.jobTimeout().filter(running::reached).isPresent()) {
            String what = stop(job, LONGEST_STOP, LONGEST_STOP) ? "was stopped" : "may still run";
            String limit = Numbers.plain(pace.jobTimeout().get());
            throw new JobFailedException(
                    job + " ran longer than openmldb.jobTimeout (" + limit + " s) and " + what, job);
        }
    }

    private Stopwatch silence(Job job, Stopwatch since, StatementException reason) throws JobFailedException {
        if (since == null) {
            progress.say(job + ": OpenMLDB does not tell its state, asking again: " + reason.getMessage());
            return Stopwatch.started();
        }
        if (since.reached(LONGEST_SILENCE)) {
            throw new JobFailedException(
                    job + " may still run, but OpenMLDB does not tell its state: " + reason.getMessage(), job);
        }
        return since;
    }
}
