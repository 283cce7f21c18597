/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.run;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.ds.TaskLog;
import io.github.dolphinml.common.ds.WorkerShell;
import io.github.dolphinml.common.output.Report;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.plan.FileMode;
import io.github.dolphinml.common.plan.StagedFile;
import io.github.dolphinml.common.shell.BashRenderer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.dolphinscheduler.plugin.task.api.TaskCallBack;

/** Runs a plan in the worker's shell, from staging its files to removing them. */
public final class ProgramRun {

    /** How long a program may save its work before it is killed; the kill included, this stays under 5 s. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    /** What the worker's shell runs, from the jar and among a run's files. */
    private static final String KEEPER = "keeper.sh";

    private static final String SUPERVISOR = "supervisor.sh";

    /** Exit codes above it stand for a signal. */
    private static final int EXIT_BY_SIGNAL = 128;

    private final ExecutionPlan plan;
    private final ControlDirectory control;
    private final RunStopper stopper;
    private final String marker;
    private final RunUser user;
    private final String key;
    private final WorkerShell shell;
    private final TaskCallBack callBack;
    private final TaskLog log;
    private final Queue<String> killed = new ConcurrentLinkedQueue<>();
    private volatile boolean cancelled;

    /**
     * @param run the owner of these files and processes
     */
    public ProgramRun(ExecutionPlan plan, Identity run, WorkerShell shell, TaskCallBack callBack, TaskLog log) {
        this.plan = plan;
        this.control = run.control;
        this.marker = run.marker;
        this.user = run.user;
        this.key = run.key;
        this.stopper = new RunStopper(run.user, run.marker);
        this.shell = shell;
        this.callBack = callBack;
        this.log = log;
    }

    /**
     * Runs the plan to its end, on the calling thread.
     *
     * @throws InterruptedException if the worker stops the thread
     */
    public Report run() throws InterruptedException {
        try {
            endFormerRuns();
            stage();
            return cancelled ? Report.stopped("Stopped before it began.") : runStaged();
        } catch (IOException failed) {
            return Report.failure("The task's files could not be handled: " + failed.getMessage());
        } finally {
            delete();
        }
    }

    private void endFormerRuns() throws IOException {
        if (key != null) {
            new FormerRuns(control, user, key).end().forEach(log::warn);
        }
    }

    private void stage() throws IOException {
        List<StagedFile> files = files(plan);
        if (key != null) {
            files.add(FormerRuns.record(marker, key));
        }
        control.stage(files);
        control.lend(plan.folders());
    }

    /** All files of a plan, its script among them. */
    static List<StagedFile> files(ExecutionPlan plan) {
        List<StagedFile> files = new ArrayList<>(plan.files());
        files.add(StagedFile.text("private/run.sh", BashRenderer.render(plan), FileMode.PRIVATE));
        for (String script : Arrays.asList(KEEPER, SUPERVISOR, RunStopper.SCRIPT)) {
            files.add(StagedFile.text(script, Resource.text("dolphinml/shell/" + script), FileMode.READABLE));
        }
        return files;
    }

    private Report runStaged() throws IOException, InterruptedException {
        boolean ended = false;
        boolean stopped = false;
        try {
            int exitCode = shell.run(
                    BashRenderer.launcher(control.file(KEEPER), marker, control.privateFile("run.sh")),
                    callBack,
                    () -> stop(GRACE));
            stopped = exitCode < 0 || exitCode > EXIT_BY_SIGNAL;
            if (exitCode < 0 && !cancelled) {
                // Ended at the time-out: what the program says about the stop request is not the reason.
                return Report.unreported(exitCode);
            }
            if (stopped) {
                // Perhaps it was the keeper that a signal has ended, and the program saves what it has.
                stop(GRACE);
            }
            Optional<String> report = control.readPrivate("report.json");
            ended = report.isPresent() && !cancelled && !stopped;
            return report.isPresent() ? Report.parse(report.get(), exitCode) : unreported(exitCode);
        } finally {
            if (!ended) {
                // The program did not clean up by itself: a time-out, a kill, or a fault before it started.
                stop(Duration.ZERO);
            }
            List<String> undone = cancelled || stopped ? new UndoCommand(control, user).run() : Collections.emptyList();
            // Here and not where it was killed: only the task's own thread writes to the task's log for sure.
            killed.forEach(log::warn);
            log.drain(shell.unreadOutput());
            if (!ended) {
                // 3.2 ends the shell first, and with it its own reading of the output.
                control.readPrivate("rest-of-log").ifPresent(log::lines);
            }
            undone.forEach(log::info);
        }
    }

    private Report unreported(int exitCode) throws IOException {
        return cancelled
                ? Report.stopped("Stopped by force: it did not end by itself in " + GRACE.getSeconds() + " s. "
                        + control.readPrivate("so-far").orElse(""))
                : Report.unreported(exitCode);
    }

    /** Ends the run from another thread; returns when nothing of it is left, within about 6 seconds. */
    public void cancel() {
        cancelled = true;
        stop(GRACE);
        try {
            shell.cancel();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException failed) {
            log.warn(failed.getMessage());
        }
    }

    /** One at a time: the run's own thread must not kill what a cancel has just requested to save its work. */
    private void stop(Duration grace) {
        synchronized (stopper) {
            String words = stopper.stop(grace);
            if (!words.isEmpty()) {
                killed.add(words);
            }
        }
    }

    private void delete() {
        try {
            control.delete();
        } catch (IOException | RuntimeException failed) {
            // Whatever it is: how the task has ended does not depend on it.
            log.warn("The task's directory " + control.file("")
                    + " could not be removed whole; remove by hand what is left: " + failed.getMessage());
        }
    }

    /** The user who owns a run's files and processes. */
    public static final class Identity {

        private final String marker;
        private final RunUser user;
        private final ControlDirectory control;
        private final String key;

        /**
         * @param marker unique to the run; a UUID
         * @param key what the run shares with previous runs of the same task, and with nothing else; null where
         *     DolphinScheduler does not tell
         */
        public Identity(String marker, RunUser user, ControlDirectory control, String key) {
            this.marker = marker;
            this.user = user;
            this.control = control;
            this.key = key;
        }

        /** Where the run's files are. */
        public ControlDirectory control() {
            return control;
        }
    }
}
