package io.github.dolphinml.openmldb.http;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs exchanges on a thread beside the task's, so that the task can be told to end while one of them blocks. */
final class Exchanges implements AutoCloseable {

    private static final long TURN_MILLIS = 50;

    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "openmldb-exchange");
        thread.setDaemon(true);
        return thread;
    });

    private final CountDownLatch cancelled = new CountDownLatch(1);
    private Future<ReplyReader> pending;
    private ApiConnection open;

    /** The answer to a question. Blocks until it is there, its time is over or the task is cancelled. */
    ReplyReader ask(ApiConnection question, RowSink sink)
            throws StatementException, CancelledException, InterruptedException {
        checkCancelled();
        Stopwatch asked = Stopwatch.started();
        start(question, sink);
        while (!isCancelled()) {
            try {
                return answer(TURN_MILLIS);
            } catch (TimeoutException notYet) {
                checkTime(question, asked);
            }
        }
        throw new CancelledException();
    }

    /** The limit of the connection holds for each read alone: a server that drips would never reach it. */
    private void checkTime(ApiConnection question, Stopwatch asked) throws NoAnswerException {
        if (!question.answerWithin().isZero() && asked.reached(question.answerWithin())) {
            abandon();
            throw question.late();
        }
    }

    /** The answer to a question of the time after the cancellation, or to the one that was pending then. */
    ReplyReader lateAnswer(Duration within) throws StatementException, InterruptedException {
        try {
            return answer(within.toMillis());
        } catch (TimeoutException never) {
            abandon();
            throw new NoAnswerException("no answer within " + Numbers.plain(within) + " s");
        }
    }

    /** Asks although the task was cancelled; the answer comes by {@link #lateAnswer}. */
    void start(ApiConnection question, RowSink sink) {
        abandon();
        open = question;
        pending = threads.submit(() -> question.exchange(sink));
    }

    /** Whether a question has no answer yet. */
    boolean isPending() {
        return pending != null;
    }

    private ReplyReader answer(long millis) throws TimeoutException, StatementException, InterruptedException {
        try {
            ReplyReader answer = pending.get(millis, TimeUnit.MILLISECONDS);
            pending = null;
            return answer;
        } catch (ExecutionException failed) {
            pending = null;
            if (failed.getCause() instanceof StatementException) {
                throw (StatementException) failed.getCause();
            }
            throw new IllegalStateException("An exchange with the API server failed", failed.getCause());
        }
    }

    private void abandon() {
        if (pending != null) {
            open.abort();
            pending = null;
        }
    }

    /** Waits, and wakes when the task is cancelled. */
    void pause(Duration time) throws CancelledException, InterruptedException {
        if (cancelled.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new CancelledException();
        }
    }

    void cancel() {
        cancelled.countDown();
    }

    boolean isCancelled() {
        return cancelled.getCount() == 0;
    }

    void checkCancelled() throws CancelledException {
        if (isCancelled()) {
            throw new CancelledException();
        }
    }

    @Override
    public void close() {
        abandon();
        threads.shutdownNow();
    }
}
