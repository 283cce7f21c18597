/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.ds;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.apache.dolphinscheduler.plugin.task.api.TaskCallBack;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.slf4j.Logger;

/**
 * The worker's own shell executor, which brings tenant, resource limits, environment files, time-out and log of the
 * DolphinScheduler line. Its class has another constructor and another {@code run} on each line, so it is reached by
 * reflection only, and what is missing is said when a task runs and not as a linkage error.
 */
public final class WorkerShell {

    private static final String API = "org.apache.dolphinscheduler.plugin.task.api.";

    private static final int LONGEST_WAIT_MILLIS = 10_000;
    private static final int STEP_MILLIS = 2;

    /** The exit code of DolphinScheduler for a command that it ended at the task's time-out. */
    private static final int TIMED_OUT = -1;

    private final DsLine line;
    private final Object executor;
    private final Optional<OutputQueue> queue;
    private final ClassLoader loader;
    private final TaskExecutionContext context;
    private volatile Thread cancelling;

    /**
     * A shell of this worker; if it is of no known line, a warning in the log says what was assumed of it.
     *
     * @param output is given the queue of printed lines whenever there are new ones, on a thread of the executor
     */
    public WorkerShell(TaskExecutionContext context, Consumer<LinkedBlockingQueue<String>> output, Logger logger) {
        this.context = context;
        try {
            loader = TaskExecutionContext.class.getClassLoader();
            ExecutorShape shape = ExecutorShape.of(Class.forName(API + "ShellCommandExecutor", true, loader));
            shape.assumption().ifPresent(logger::warn);
            line = shape.line();
            Consumer<LinkedBlockingQueue<String>> unlessCancelling = lines -> {
                if (Thread.currentThread() != cancelling) {
                    output.accept(lines);
                }
            };
            executor = shape.create(unlessCancelling, context, logger);
            queue = OutputQueue.insert(executor);
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("The worker's shell executor cannot be used: " + missing, missing);
        }
    }

    /** The line of DolphinScheduler that this worker is of. */
    public DsLine line() {
        return line;
    }

    /**
     * Runs a command and waits for its end.
     *
     * @param command one line; it is logged by DolphinScheduler, so nothing secret may be in it
     * @param endProcesses ends all that the command has started; called on another thread shortly before the task's
     *     time-out
     * @return the exit code; -1 after the task's time-out
     * @throws InterruptedException if the worker stops the thread
     */
    public int run(String command, TaskCallBack callBack, Runnable endProcesses) throws InterruptedException {
        TimeLimit limit = TimeLimit.of(context, endProcesses);
        try {
            Object response = line == DsLine.V3_1
                    ? executor.getClass().getMethod("run", String.class).invoke(executor, command)
                    : runBuilt(command, callBack);
            int exitCode =
                    (int) response.getClass().getMethod("getExitStatusCode").invoke(response);
            // A command that was done just then is a success.
            return limit.isOver() && exitCode != 0 ? TIMED_OUT : exitCode;
        } catch (InvocationTargetException failed) {
            if (failed.getCause() instanceof InterruptedException) {
                throw (InterruptedException) failed.getCause();
            }
            if (failed.getCause() instanceof IllegalThreadStateException) {
                // 3.1 asks for the exit code of what it tried to kill at the time-out, dead or not.
                return TIMED_OUT;
            }
            throw new IllegalStateException("The worker's shell failed: " + failed.getCause(), failed.getCause());
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("The worker's shell executor cannot be used: " + missing, missing);
        } finally {
            limit.lift();
        }
    }

    private Object runBuilt(String command, TaskCallBack callBack) throws ReflectiveOperationException {
        Object builder = Class.forName(API + "shell.ShellInterceptorBuilderFactory", true, loader)
                .getMethod("newBuilder")
                .invoke(null);
        Class<?> builderType = Class.forName(API + "shell.IShellInterceptorBuilder", true, loader);
        builderType.getMethod("appendScript", String.class).invoke(builder, command);
        for (Method method : executor.getClass().getMethods()) {
            if (method.getName().equals("run") && method.getParameterCount() == 2) {
                return method.invoke(executor, builder, callBack);
            }
        }
        throw new NoSuchMethodException("run(IShellInterceptorBuilder, TaskCallBack)");
    }

    /**
     * The lines that the command has printed and the executor has not handed out yet. 3.1 returns from {@code run}
     * up to a second before it hands out the last ones, which are those that say why a task failed.
     *
     * @return the executor's queue; empty if the line has none
     */
    public LinkedBlockingQueue<String> unreadOutput() throws InterruptedException {
        try {
            if (line == DsLine.V3_1) {
                Field ended = executor.getClass().getSuperclass().getDeclaredField("logOutputIsSuccess");
                ended.setAccessible(true);
                for (int waited = 0;
                        !ended.getBoolean(executor) && waited < LONGEST_WAIT_MILLIS;
                        waited += STEP_MILLIS) {
                    Thread.sleep(STEP_MILLIS);
                }
            }
        } catch (NoSuchFieldException | IllegalAccessException otherShape) {
            // Continue with what is in the queue so far.
        }
        return queue.isPresent() ? queue.get() : new LinkedBlockingQueue<>();
    }

    /** Lets the worker end the command in its own way; does nothing where it cannot. */
    public void cancel() throws InterruptedException {
        // 3.1 hands out the unread lines here, on a thread that does not write to the task's log; they stay unread.
        cancelling = Thread.currentThread();
        try {
            executor.getClass().getMethod("cancelApplication").invoke(executor);
        } catch (InvocationTargetException failed) {
            if (failed.getCause() instanceof InterruptedException) {
                throw (InterruptedException) failed.getCause();
            }
            throw new IllegalStateException("The worker could not end the command", failed.getCause());
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("The worker's shell executor cannot be used: " + missing, missing);
        } finally {
            cancelling = null;
        }
    }
}
