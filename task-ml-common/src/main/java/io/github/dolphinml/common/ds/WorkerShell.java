package io.github.dolphinml.common.ds;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
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

    private static final int LONGEST_WAIT_MILLIS = 2000;
    private static final int STEP_MILLIS = 2;

    /** The exit code of DolphinScheduler for a command that it ended at the task's time-out. */
    private static final int TIMED_OUT = -1;

    private final DsLine line;
    private final Object executor;
    private final ClassLoader loader;

    /**
     * @param output is given the queue of printed lines whenever there are new ones, on a thread of the executor
     */
    public WorkerShell(TaskExecutionContext context, Consumer<LinkedBlockingQueue<String>> output, Logger logger) {
        try {
            loader = TaskExecutionContext.class.getClassLoader();
            Class<?> type = Class.forName(API + "ShellCommandExecutor", true, loader);
            line = DsLine.of(type);
            Object[] arguments = Arrays.copyOf(arguments(context, output, logger), line.constructorParameters());
            executor = Arrays.stream(type.getConstructors())
                    .filter(constructor -> constructor.getParameterCount() == line.constructorParameters())
                    .findFirst()
                    .orElseThrow(() -> new NoSuchMethodException("constructor of " + type))
                    .newInstance(arguments);
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("The worker's shell executor cannot be used: " + missing, missing);
        }
    }

    private Object[] arguments(TaskExecutionContext context, Consumer<?> output, Logger logger) {
        if (line == DsLine.V3_4) {
            return new Object[] {context};
        }
        return new Object[] {output, context, logger};
    }

    /** The line of DolphinScheduler that this worker is of. */
    public DsLine line() {
        return line;
    }

    /**
     * Runs a command and waits for its end.
     *
     * @param command one line; it is logged by DolphinScheduler, so nothing secret may be in it
     * @return the exit code; -1 after the task's time-out
     * @throws InterruptedException if the worker stops the thread
     */
    public int run(String command, TaskCallBack callBack) throws InterruptedException {
        try {
            Object response = line == DsLine.V3_1
                    ? executor.getClass().getMethod("run", String.class).invoke(executor, command)
                    : runBuilt(command, callBack);
            return (int) response.getClass().getMethod("getExitStatusCode").invoke(response);
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
     * @return the executor's queue; empty where the line keeps none
     */
    public LinkedBlockingQueue<String> unreadOutput() throws InterruptedException {
        if (line != DsLine.V3_1) {
            return new LinkedBlockingQueue<>();
        }
        try {
            Class<?> type = executor.getClass().getSuperclass();
            Field ended = type.getDeclaredField("logOutputIsSuccess");
            Field queue = type.getDeclaredField("logBuffer");
            ended.setAccessible(true);
            queue.setAccessible(true);
            for (int waited = 0; !ended.getBoolean(executor) && waited < LONGEST_WAIT_MILLIS; waited += STEP_MILLIS) {
                Thread.sleep(STEP_MILLIS);
            }
            @SuppressWarnings("unchecked")
            LinkedBlockingQueue<String> lines = (LinkedBlockingQueue<String>) queue.get(executor);
            return lines;
        } catch (NoSuchFieldException | IllegalAccessException otherShape) {
            return new LinkedBlockingQueue<>();
        }
    }

    /** Lets the worker end the command in its own way; does nothing where it cannot. */
    public void cancel() throws InterruptedException {
        try {
            executor.getClass().getMethod("cancelApplication").invoke(executor);
        } catch (InvocationTargetException failed) {
            if (failed.getCause() instanceof InterruptedException) {
                throw (InterruptedException) failed.getCause();
            }
            throw new IllegalStateException("The worker could not end the command", failed.getCause());
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("The worker's shell executor cannot be used: " + missing, missing);
        }
    }
}
