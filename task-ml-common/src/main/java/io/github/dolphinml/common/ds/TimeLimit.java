/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/**
 * Ends a command's processes shortly before the task's time is over, so that the command can save what it has. At the
 * time-out itself the worker gives no time for that: 3.1 kills at once, and later lines wait for the end of the
 * command's output before they look at the time.
 */
final class TimeLimit {

    /** What saving and ending take at the most. */
    private static final long MOST_MILLIS = 5000;

    /** A short period loses no more than this part of it. */
    private static final int PART = 4;

    private final ScheduledThreadPoolExecutor timer;
    private volatile boolean over;

    private TimeLimit(ScheduledThreadPoolExecutor timer) {
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
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread thread = new Thread(runnable, Thread.currentThread().getName());
            thread.setDaemon(true);
            return thread;
        });
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        TimeLimit limit = new TimeLimit(timer);
        timer.schedule(() -> limit.end(end), millis(seconds), TimeUnit.MILLISECONDS);
        return limit;
    }

    private static long millis(int seconds) {
        long all = TimeUnit.SECONDS.toMillis(seconds);
        return all - Math.min(MOST_MILLIS, all / PART);
    }

    private void end(Runnable end) {
        over = true;
        end.run();
    }

    /** Whether the command was requested to end. */
    boolean isOver() {
        return over;
    }

    /** Stops waiting; an end that has begun continues. */
    void lift() {
        if (timer != null) {
            timer.shutdown();
        }
    }
}
