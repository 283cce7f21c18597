package io.github.dolphinml.openmldb.http;

import io.github.dolphinml.common.output.Report;
import io.github.dolphinml.common.run.TaskWork;
import io.github.dolphinml.openmldb.config.StatementRun;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A task's work through the API server, on the worker's thread. */
public final class StatementWork implements TaskWork {

    private static final long LONGEST_END_SECONDS = 5;

    private final StatementRun run;
    private final Progress progress;
    private final Exchanges exchanges = new Exchanges();
    private final Pace pace;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    StatementWork(StatementRun run, Consumer<String> log, Pace pace) {
        this.run = run;
        this.progress = new Progress(log, run.script().statements().size());
        this.pace = pace;
    }

    /**
     * The work of a run that names an API server.
     *
     * @param log takes one line at a time
     */
    public static StatementWork of(StatementRun run, Consumer<String> log) {
        return new StatementWork(run, log, Pace.of(run));
    }

    @Override
    public Report run() throws InterruptedException {
        started.countDown();
        try {
            return new StatementLoop(run, exchanges, progress, pace).run();
        } finally {
            exchanges.close();
            ended.countDown();
        }
    }

    @Override
    public void cancel() {
        exchanges.cancel();
        try {
            if (started.getCount() == 0) {
                ended.await(LONGEST_END_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
