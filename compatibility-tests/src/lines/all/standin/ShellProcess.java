/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.dolphinscheduler.common.utils.PropertyUtils;
import org.apache.dolphinscheduler.plugin.task.api.TaskCallBack;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.model.TaskResponse;
import org.apache.dolphinscheduler.plugin.task.api.shell.IShellInterceptorBuilder;
import org.apache.dolphinscheduler.plugin.task.api.utils.LogUtils;

/** What the shell executors of 3.2.0 and later have in common: start, wait, and the two ways of ending. */
public final class ShellProcess {

    private final TaskExecutionContext context;
    private Process process;

    public ShellProcess(TaskExecutionContext context) {
        this.context = context;
    }

    public Process start(IShellInterceptorBuilder<?, ?> builder) throws IOException {
        builder.shellDirectory(context.getExecutePath()).shellName(context.getTaskAppId());
        if (context.getEnvironmentConfig() != null) {
            builder.appendCustomEnvScript(context.getEnvironmentConfig());
        }
        if (context.getK8sTaskExecutionContext() != null) {
            builder.k8sConfigYaml(context.getK8sTaskExecutionContext().getConfigYaml());
        }
        builder.sudoMode(!"false".equals(PropertyUtils.getString("sudo.enable")));
        builder.runUser(context.getTenantCode());
        process = builder.build().execute();
        context.setProcessId((int) process.pid());
        return process;
    }

    /** Reads the lines of the process on a thread of its own; the task's log is that thread's. */
    public Future<?> read(Consumer<String> line) {
        return onThread(() -> {
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            try {
                for (String read = reader.readLine(); read != null; read = reader.readLine()) {
                    line.accept(read);
                }
            } catch (IOException closed) {
                // The process was destroyed.
            }
        });
    }

    /** Runs something on a daemon thread that writes to the task's log. */
    public Future<?> onThread(Runnable work) {
        ThreadFactory daemons = runnable -> {
            Thread thread = new Thread(runnable, "output of " + context.getTaskName());
            thread.setDaemon(true);
            return thread;
        };
        return Executors.newSingleThreadExecutor(daemons).submit(() -> {
            LogUtils.setTaskInstanceLogFullPathMDC(context.getLogPath());
            try {
                work.run();
            } finally {
                LogUtils.removeTaskInstanceLogFullPathMDC();
            }
        });
    }

    /** At the task's time-out too it first waits for the end of the output, and only then ends the process. */
    public TaskResponse await(TaskCallBack callBack, Future<?> output, Cancel cancel) throws Exception {
        if (callBack != null) {
            callBack.updateTaskInstanceInfo(context.getTaskInstanceId());
        }
        long used = (System.currentTimeMillis() - context.getStartTime()) / 1000;
        if (context.getTaskTimeout() < used) {
            throw new RuntimeException("task execution time out");
        }
        boolean ended = process.waitFor(context.getTaskTimeout() - used, TimeUnit.SECONDS);
        output.get();
        TaskResponse response = new TaskResponse();
        response.setProcessId(context.getProcessId());
        if (!ended) {
            cancel.cancel();
        }
        response.setExitStatusCode(ended ? process.exitValue() : -1);
        return response;
    }

    /** 3.2: the direct child only. */
    public void destroy() throws InterruptedException {
        if (process == null) {
            return;
        }
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    /** 3.3 and later: those that descend from it by now, by one signal after the other. */
    public void killTree() throws InterruptedException {
        if (process == null) {
            return;
        }
        List<String> pids =
                process.descendants().map(each -> Long.toString(each.pid())).collect(Collectors.toList());
        pids.add(Long.toString(process.pid()));
        for (String signal : new String[] {"INT", "TERM", "KILL"}) {
            try {
                ProcessBuilder kill = new ProcessBuilder("kill", "-" + signal).redirectErrorStream(true);
                kill.command().addAll(pids);
                kill.start().waitFor();
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
            if (process.waitFor(500, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    /** How a line ends a command. */
    public interface Cancel {

        void cancel() throws InterruptedException;
    }
}
