package io.github.dolphinml.common.run;

import io.github.dolphinml.common.output.Report;

/** What a task does once its input is known to be right. */
public interface TaskWork {

    /**
     * Does the work to its end, on the calling thread.
     *
     * @throws InterruptedException if the worker stops the thread
     */
    Report run() throws InterruptedException;

    /** Ends the work from another thread; returns when nothing of it runs any more, within about 6 seconds. */
    void cancel();
}
