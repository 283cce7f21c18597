package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.common.output.Report;
import io.github.dolphinml.openmldb.config.ApiServer;
import io.github.dolphinml.openmldb.config.ExecuteMode;
import io.github.dolphinml.openmldb.config.StatementRun;
import io.github.dolphinml.openmldb.statement.Statement;
import io.github.dolphinml.openmldb.statement.StatementKind;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run of a node's statements through the API server; {@code StatementRun} of {@code run_statements.py}. */
final class StatementLoop {

    private final StatementRun run;
    private final ApiServer server;
    private final Exchanges exchanges;
    private final Progress progress;
    private final ApiSession session;
    private final Pace pace;
    private final JobWatch watch;
    private final Attempts attempts;
    private final Results results;
    private final Map<Job, Statement> done = new LinkedHashMap<>();
    private Statement current;
    private Job running;

    StatementLoop(StatementRun run, Exchanges exchanges, Progress progress, Pace pace) {
        this.run = run;
        this.server = run.apiServer().orElseThrow(() -> new IllegalArgumentException("no API server"));
        this.exchanges = exchanges;
        this.progress = progress;
        this.session = new ApiSession(server, run.executeMode(), exchanges, progress);
        this.pace = pace;
        this.watch = new JobWatch(session, exchanges, progress, pace);
        this.attempts = new Attempts(run.recordDirectory(), run.runKey(), server.address(), progress);
        this.results = new Results(run.outputs(), progress);
    }

    Report run() throws InterruptedException {
        try {
            session.databases();
        } catch (StatementException unreachable) {
            return Report.failure("openmldb.apiServer: no API server of OpenMLDB answers at " + server + " ("
                    + unreachable.getMessage() + "); check the address and that it is up.");
        } catch (CancelledException cancelled) {
            return Report.stopped();
        }
        progress.line("OpenMLDB through its API server " + server + ", mode "
                + run.executeMode().word());
        try {
            runAll();
            results.tellMissing();
            return Report.success(results.outputs());
        } catch (CancelledException cancelled) {
            stopJobs();
            return Report.stopped();
        } catch (StatementFailure failure) {
            return Report.failure(failure.getMessage());
        }
    }

    private void runAll() throws StatementFailure, CancelledException, InterruptedException {
        Optional<Attempts.Earlier> earlier = new TakeOver(attempts, watch, progress).of(texts());
        running = earlier.map(Attempts.Earlier::job).orElse(null);
        int first = earlier.map(Attempts.Earlier::statement).orElse(0);
        for (Statement statement : run.script().statements()) {
            current = statement;
            progress.at(statement);
            if (statement.number() < first && !effect(statement).isRepeatable()) {
                progress.say(head(statement) + ": done by the earlier attempt");
            } else {
                runOne(statement, statement.number() == first ? earlier.get().job() : null);
            }
        }
        current = null;
        progress.at(null);
        for (Map.Entry<Job, Statement> finished : done.entrySet()) {
            try {
                watch.lookAgain(finished.getKey());
            } catch (StatementException failed) {
                throw failure(finished.getValue(), failed);
            }
        }
    }

    private static String head(Statement statement) {
        return "line " + statement.line() + ": " + statement.head();
    }

    private Effect effect(Statement statement) {
        return new Effect(statement, session.mode(statement));
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        run.script()
                .statements()
                .forEach(statement -> texts.add(run.executeMode().word() + "\n" + statement.text()));
        return texts;
    }

    private void runOne(Statement statement, Job adopted)
            throws StatementFailure, CancelledException, InterruptedException {
        Stopwatch watched = Stopwatch.started();
        progress.say(head(statement));
        try {
            if (adopted != null) {
                follow(adopted, statement);
            } else {
                execute(statement);
            }
        } catch (NoAnswerException broken) {
            String fate = effect(statement).unanswered();
            throw failure(
                    statement, fate.isEmpty() ? broken : new StatementException(broken.getMessage() + "; " + fate));
        } catch (StatementException failed) {
            throw failure(statement, failed);
        } catch (IOException unwritable) {
            throw failure(statement, new StatementException("its rows cannot be saved: " + unwritable.getMessage()));
        }
        progress.say("done after " + watched.seconds() + " s");
    }

    private void execute(Statement statement)
            throws StatementException, IOException, CancelledException, InterruptedException {
        Duration within = session.waitsForJobs() ? pace.jobTimeout().orElse(Duration.ZERO) : Duration.ZERO;
        Optional<Path> path = csvPath(statement);
        Reply reply;
        if (path.isPresent()) {
            try (CsvFile file = new CsvFile(path.get(), statement.columns())) {
                reply = session.execute(statement, file, within);
                file.open(reply.types().size());
            }
        } else {
            reply = session.execute(statement, RowSink.NONE, within);
        }
        Optional<Job> job = Job.of(reply, statement.kind(), session.mode(statement));
        if (job.isPresent()) {
            follow(job.get(), statement);
        } else if (reply.hasColumns()) {
            results.show(statement, reply, path);
        }
    }

    private Optional<Path> csvPath(Statement statement) {
        boolean rows = statement.kind() == StatementKind.SELECT && session.mode(statement) == ExecuteMode.ONLINE;
        return run.resultFolder().filter(folder -> rows).map(folder -> Paths.get(run.workingDirectory())
                .resolve(folder)
                .resolve("statement-" + statement.number() + ".csv"));
    }

    private void follow(Job job, Statement statement)
            throws StatementException, CancelledException, InterruptedException {
        running = job;
        attempts.note(job, statement.number(), texts());
        try {
            watch.follow(job);
        } finally {
            if (job.isFinal()) {
                attempts.forget();
            }
        }
        done.put(job, statement);
        if (statement.kind() == StatementKind.SELECT) {
            results.showLog(job, watch);
        }
        running = null;
    }

    private StatementFailure failure(Statement statement, StatementException failed)
            throws CancelledException, InterruptedException {
        String message = failed.getMessage().replaceAll("[. \n]+$", "");
        if (failed instanceof JobFailedException) {
            Job job = ((JobFailedException) failed).job();
            List<String> end = watch.logEnd(job);
            if (!end.isEmpty()) {
                progress.line("The end of the log of " + job + ":");
                progress.indented(end);
            }
        }
        int all = run.script().statements().size();
        return new StatementFailure("Statement " + statement.number() + " of " + all + " (" + head(statement)
                + ") failed: " + message + ".");
    }

    /** Stops what this run started; all of it within about three seconds. */
    private void stopJobs() throws InterruptedException {
        if (running == null && current != null) {
            running = lateJob().orElse(null);
        }
        if (running != null && !running.isFinal() && watch.stop(running)) {
            attempts.forget();
        }
    }

    /** The job that the current statement started, if the answer comes in time. Says what is not known for sure. */
    private Optional<Job> lateJob() throws InterruptedException {
        if (!exchanges.isPending()) {
            progress.say("Stopped before the statement was sent to OpenMLDB");
            return Optional.empty();
        }
        try {
            Reply reply = exchanges.lateAnswer(pace.lateAnswer()).reply();
            return Job.of(reply, current.kind(), session.mode(current));
        } catch (NoAnswerException never) {
            String fate = effect(current).unanswered();
            if (!fate.isEmpty()) {
                progress.say("Stopped while OpenMLDB had not answered: " + fate);
            }
        } catch (StatementException refused) {
            progress.say("Stopped; OpenMLDB had refused the statement: " + refused.getMessage());
        }
        return Optional.empty();
    }

    /** A statement failed; the message is the sentence for people. */
    private static final class StatementFailure extends Exception {

        private static final long serialVersionUID = 1L;

        StatementFailure(String sentence) {
            super(sentence);
        }
    }
}
