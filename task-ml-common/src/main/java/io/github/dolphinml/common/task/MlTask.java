/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.task;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.ds.TaskIdentity;
import io.github.dolphinml.common.ds.TaskLog;
import io.github.dolphinml.common.ds.WorkerShell;
import io.github.dolphinml.common.option.CommonOptions;
import io.github.dolphinml.common.option.SecretReference;
import io.github.dolphinml.common.output.Report;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.run.ProgramRun;
import io.github.dolphinml.common.validate.FieldProblem;
import io.github.dolphinml.common.validate.InvalidTaskException;
import java.util.Collections;
import java.util.Set;
import java.util.UUID;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.TaskCallBack;
import org.apache.dolphinscheduler.plugin.task.api.TaskConstants;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/**
 * The frame of a task: reads the node, has the plugin plan, runs, publishes. Uses only what {@link AbstractTask} has on
 * every line of DolphinScheduler.
 *
 * @param <P> the plugin's parameters
 */
public abstract class MlTask<P extends MlParameters> extends AbstractTask {

    private final Masking masking = new Masking();
    private final TaskLog log = new TaskLog(getClass(), masking::mask);
    private final P parameters;
    private volatile ProgramRun work;
    private volatile boolean cancelled;

    /**
     * @param parameters empty ones, filled from the context's JSON
     */
    protected MlTask(TaskExecutionContext context, P parameters) {
        super(context);
        this.parameters = MlParameters.read(context.getTaskParams(), parameters);
    }

    /**
     * Checks the node and plans what it asks for. Faults go to {@link Node#problems()}, which the implementation throws
     * before it plans anything that rests on a faulty value.
     */
    protected abstract ProgramRun work(Node node, TaskStart start);

    @Override
    public final P getParameters() {
        return parameters;
    }

    @Override
    public final void handle(TaskCallBack callBack) {
        try {
            Report report = run(callBack);
            setExitStatusCode(exitCode(report));
            report.untoldError().map(String::trim).ifPresent(log::error);
        } catch (InvalidTaskException invalid) {
            invalid.problems().stream().map(FieldProblem::sentence).forEach(log::error);
            setExitStatusCode(TaskConstants.EXIT_CODE_FAILURE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            cancel();
            setExitStatusCode(TaskConstants.EXIT_CODE_KILL);
        } catch (RuntimeException unexpected) {
            setExitStatusCode(cancelled ? TaskConstants.EXIT_CODE_KILL : TaskConstants.EXIT_CODE_FAILURE);
            log.logger().error("The task could not be run", unexpected);
            log.error(unexpected.getMessage() == null ? unexpected.toString() : unexpected.getMessage());
        }
    }

    private Report run(TaskCallBack callBack) throws InterruptedException {
        Node node = new Node(parameters, taskRequest);
        masking.add(node.secretValues());
        // Read again at the end: a fault in it must not wait until then.
        node.options(CommonOptions.OUTPUT);
        parameters.fault().ifPresent(fault -> {
            node.problems().add("task parameters", fault, "save the node again in its form");
            node.problems().throwIfAny();
        });
        ProgramRun planned = work(node, new TaskStart(callBack));
        node.problems().throwIfAny();
        node.problems().warnings().forEach(log::warn);
        work = planned;
        if (cancelled) {
            return Report.stopped("Stopped before it began.");
        }
        Report report = planned.run();
        return report.status() == Report.Status.SUCCESS
                ? new OutputPublisher(node, parameters, taskRequest, log).publish(report)
                : report;
    }

    private int exitCode(Report report) {
        if (cancelled || report.status() == Report.Status.STOPPED) {
            return TaskConstants.EXIT_CODE_KILL;
        }
        return report.status() == Report.Status.SUCCESS
                ? TaskConstants.EXIT_CODE_SUCCESS
                : TaskConstants.EXIT_CODE_FAILURE;
    }

    @Override
    public final void cancel() {
        cancelled = true;
        ProgramRun running = work;
        if (running != null) {
            running.cancel();
        }
    }

    /** What a plugin needs to run what it has planned. */
    protected final class TaskStart {

        private final TaskCallBack callBack;
        private final String marker = UUID.randomUUID().toString();
        private final RunUser user = RunUser.of(taskRequest);
        private final ControlDirectory control =
                new ControlDirectory(taskRequest.getExecutePath(), marker.substring(0, 8), user);

        private TaskStart(TaskCallBack callBack) {
            this.callBack = callBack;
        }

        /** What marks the run's processes: the value of {@code DOLPHINML_RUN} in their environment. */
        public String marker() {
            return marker;
        }

        /** Where the run's files will be. */
        public ControlDirectory control() {
            return control;
        }

        /** Keeps a value out of every line that is logged from now on; the name of a secret may be read. */
        public void hide(String secret) {
            if (!SecretReference.nameIn(secret).isPresent()) {
                masking.add(Collections.singleton(secret));
            }
        }

        /** All values that are kept out of the log. */
        public Set<String> secrets() {
            return masking.values();
        }

        /** Runs a plan in the worker's shell. */
        public ProgramRun program(ExecutionPlan plan) {
            WorkerShell shell = new WorkerShell(taskRequest, log::drain, log.logger());
            ProgramRun.Identity run = new ProgramRun.Identity(
                    marker,
                    user,
                    control,
                    new TaskIdentity(taskRequest).runKey().orElse(null));
            return new ProgramRun(plan, run, shell, callBack, log);
        }
    }
}
