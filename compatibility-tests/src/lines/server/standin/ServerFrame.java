/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dolphinml.compatibility.LineServer;
import io.github.dolphinml.compatibility.RunningTask;
import io.github.dolphinml.compatibility.TaskOrder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.dolphinscheduler.plugin.task.api.AbstractTask;
import org.apache.dolphinscheduler.plugin.task.api.K8sTaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.TaskCallBack;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannel;
import org.apache.dolphinscheduler.plugin.task.api.TaskChannelFactory;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.apache.dolphinscheduler.plugin.task.api.parameters.AbstractParameters;
import org.apache.dolphinscheduler.plugin.task.api.utils.ParameterUtils;
import org.apache.dolphinscheduler.spi.plugin.PrioritySPIFactory;
import org.slf4j.LoggerFactory;

/** What API server, master and worker of a line do with a plugin, as far as all lines do it alike. */
abstract class ServerFrame implements LineServer {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger NEXT_ID = new AtomicInteger((int) (System.nanoTime() & 0xffffff));

    private final TaskLogs logs = new TaskLogs(this::logOf);
    private Map<String, TaskChannelFactory> factories = new HashMap<>();
    private Map<String, TaskChannel> channels = new HashMap<>();

    /** To which task's log a line goes; null for none. */
    abstract String logOf(ch.qos.logback.classic.spi.ILoggingEvent event);

    /** Makes the running thread that of a task. */
    abstract void enter(TaskExecutionContext context);

    abstract void leave();

    /** Fills in what the line has and others have not. */
    abstract void complete(TaskExecutionContext context);

    abstract AbstractParameters parse(TaskChannel channel, String taskParams);

    /** Gives the task what came from upstream. */
    abstract void setUpstream(AbstractParameters parameters);

    /** Where the worker finds the outputs when the task has ended. */
    abstract Iterable<Property> outputs(AbstractTask task, TaskExecutionContext context);

    /** What the worker does when the task is to be killed. */
    abstract void kill(AbstractTask task, TaskExecutionContext context);

    /** Where the line puts a task's working directory, below its base directory. */
    String layout(TaskExecutionContext context) {
        return "exec/process/" + context.getTenantCode() + "/77/1001_1/7/" + context.getTaskInstanceId();
    }

    @Override
    public final Map<String, String> load() {
        logs.install();
        factories = new PrioritySPIFactory<>(TaskChannelFactory.class).getSPIMap();
        Map<String, String> winners = new TreeMap<>();
        factories.forEach(
                (type, factory) -> winners.put(type, factory.getClass().getName()));
        factories.forEach((type, factory) -> {
            if (!factory.getClass().getName().startsWith("standin.")) {
                channels.put(type, factory.create());
            }
        });
        return winners;
    }

    @Override
    public final String serverLog() {
        return logs.of(TaskLogs.SERVER);
    }

    @Override
    public final boolean accepts(String type, String taskParams) {
        return parse(channels.get(type), taskParams).checkParameters();
    }

    @Override
    public final int resources(String type, String taskParams) {
        return parse(channels.get(type), taskParams).getResourceFilesList().size();
    }

    @Override
    public final RunningTask start(TaskOrder order) {
        TaskExecutionContext context = context(order);
        complete(context);
        AbstractTask[] started = new AbstractTask[1];
        Map<String, String> outputs = new TreeMap<>();
        String[] state = new String[1];
        Thread worker = new Thread(() -> {
            enter(context);
            try {
                started[0] = channels.get(order.type()).createTask(context);
                started[0].init();
                setUpstream(started[0].getParameters());
                started[0].handle(callBack());
                state[0] = started[0].getExitStatus().name();
                outputs(started[0], context).forEach(output -> outputs.put(output.getProp(), output.getValue()));
            } catch (RuntimeException | LinkageError broken) {
                state[0] = "BROKEN: " + broken;
                LoggerFactory.getLogger("TaskLogLogger-worker").error("broken", broken);
            } finally {
                leave();
            }
        });
        enterName(worker, context);
        worker.start();
        return new RunningTask() {
            @Override
            public String await() throws InterruptedException {
                worker.join(60_000);
                return worker.isAlive() ? "STILL RUNNING" : state[0];
            }

            @Override
            public Map<String, String> outputs() {
                return outputs;
            }

            @Override
            public String log() {
                return logs.of(context.getLogPath());
            }

            @Override
            public void kill() throws InterruptedException {
                Thread killer = new Thread(() -> {
                    enter(context);
                    ServerFrame.this.kill(started[0], context);
                });
                enterName(killer, context);
                killer.start();
                killer.join();
            }
        };
    }

    /** 3.1 knows a task's threads by their names. */
    void enterName(Thread thread, TaskExecutionContext context) {}

    abstract TaskCallBack callBack();

    private TaskExecutionContext context(TaskOrder order) {
        int id = NEXT_ID.incrementAndGet();
        TaskExecutionContext context = new TaskExecutionContext();
        context.setTaskInstanceId(id);
        // A name of its own: runs of the same task of one workflow instance end each other.
        context.setTaskName(order.name() == null ? "task " + id : order.name());
        context.setTaskType(order.type());
        context.setTaskAppId("7_" + id);
        context.setTaskParams(order.params());
        context.setTenantCode(System.getProperty("user.name"));
        context.setExecutePath(
                order.base() == null ? order.directory() : makeFolder(order.base() + "/" + layout(context)));
        context.setTaskTimeout(order.timeout());
        context.setLogPath(context.getExecutePath() + "/" + id + ".log");
        Map<String, Property> prepared = parameters(order.prepared(), Direct.IN);
        addUpstreamAndLocal(prepared, parameters(order.upstream(), Direct.OUT), local(order.params()));
        expand(prepared);
        context.setPrepareParamsMap(prepared);
        if (order.kubeconfig() != null) {
            K8sTaskExecutionContext cluster = new K8sTaskExecutionContext();
            cluster.setConfigYaml(order.kubeconfig());
            context.setK8sTaskExecutionContext(cluster);
        }
        return context;
    }

    /** What the master makes of the workflow's parameters, the outputs of the tasks before and the node's own. */
    void addUpstreamAndLocal(
            Map<String, Property> parameters, Map<String, Property> upstream, Map<String, Property> local) {
        parameters.putAll(upstream);
        parameters.putAll(local);
    }

    /** Whether the master replaces the placeholders in a parameter's value, also in one that a task before has printed. */
    boolean isExpanded(String value) {
        return value.contains("$");
    }

    private void expand(Map<String, Property> parameters) {
        Map<String, String> values = new HashMap<>();
        parameters.forEach((name, parameter) -> values.put(name, parameter.getValue()));
        values.forEach((name, value) -> {
            if (value != null && isExpanded(value)) {
                parameters.get(name).setValue(ParameterUtils.convertParameterPlaceholders(value, values));
            }
        });
    }

    private static Map<String, Property> parameters(Map<String, String> values, Direct direct) {
        Map<String, Property> parameters = new HashMap<>();
        values.forEach((name, value) -> parameters.put(name, new Property(name, direct, DataType.VARCHAR, value)));
        return parameters;
    }

    private static Map<String, Property> local(String taskParams) {
        Map<String, Property> parameters = new HashMap<>();
        try {
            for (JsonNode each : JSON.readTree(taskParams).path("localParams")) {
                Property property = JSON.treeToValue(each, Property.class);
                parameters.put(property.getProp(), property);
            }
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException(broken);
        }
        return parameters;
    }

    private static String makeFolder(String path) {
        try {
            return Files.createDirectories(Paths.get(path)).toString();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** What the handlers of kills do up to 3.2: SIGKILL, by one command, to all that {@code pstree} finds. */
    static void killTree(int pid) {
        List<String> command = new ArrayList<>(Arrays.asList("kill", "-9"));
        ProcessHandle.of(pid).ifPresent(process -> {
            command.add(Long.toString(pid));
            process.descendants().forEach(each -> command.add(Long.toString(each.pid())));
            try {
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
