package io.github.dolphinml.common.ds;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/**
 * Ends a command's processes when the task's time is over. From 3.2 on the worker waits for the end of the command's
 * output before it looks at the time, so without this a time-out would come when nobody needs it any more.
 */
final class TimeLimit {

    /** A worker that ends the command by itself comes first. */
    private static final int AFTER_THE_WORKER_SECONDS = 1;

    private final ScheduledExecutorService timer;

    private TimeLimit(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /**
     * Begins to wait.
     *
     * @param end is called on another thread when the time is over
     */
    static TimeLimit of(TaskExecutionContext context, Runnable end) {
        int seconds = context.getTaskTimeout();
        if (seconds <= 0 || seconds == Integer.MAX_VALUE) {
            return new TimeLimit(null);
        }
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, Thread.currentThread().getName());
            thread.setDaemon(true);
            return thread;
        });
        timer.schedule(end, (long) seconds + AFTER_THE_WORKER_SECONDS, TimeUnit.SECONDS);
        return new TimeLimit(timer);
    }

    /** Waits no longer. */
    void lift() {
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
