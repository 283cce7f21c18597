/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.benchmark;

import io.github.dolphinml.common.ds.RunUser;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.shell.BashRenderer;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.jupyter.JupyterParameters;
import io.github.dolphinml.jupyter.config.NotebookRun;
import io.github.dolphinml.jupyter.config.NotebookRunReader;
import io.github.dolphinml.jupyter.plan.NotebookPlanner;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;
import org.apache.dolphinscheduler.plugin.task.api.enums.DataType;
import org.apache.dolphinscheduler.plugin.task.api.enums.Direct;
import org.apache.dolphinscheduler.plugin.task.api.model.Property;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From the task's JSON to the text of the script: parse, resolve, check, plan, render. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class NotebookPlanBenchmark {

    private static final String TASK = "{\"localParams\":[{\"prop\":\"C\",\"direct\":\"IN\",\"type\":\"DOUBLE\","
            + "\"value\":\"0.5\"},{\"prop\":\"jupyter.report\",\"direct\":\"IN\",\"type\":\"VARCHAR\",\"value\":\"html\"},"
            + "{\"prop\":\"accuracy\",\"direct\":\"OUT\",\"type\":\"DOUBLE\",\"value\":\"\"}],\"resourceList\":[],"
            + "\"condaEnvName\":\"train\",\"inputNotePath\":\"train.ipynb\",\"outputNotePath\":\"/data/${C}/out.ipynb\","
            + "\"parameters\":\"{\\\"C\\\": ${C}, \\\"kernel\\\": \\\"rbf\\\", \\\"note\\\": \\\"it's ${C}\\\"}\","
            + "\"kernel\":\"python3\",\"others\":\"--log-output --cwd '/data'\"}";

    private final TaskExecutionContext context = context();

    /** A JUPYTER node with parameters, placeholders, an option and an output. */
    @Benchmark
    public String notebookPlan() {
        Node node = new Node(MlParameters.read(TASK, new JupyterParameters()), context);
        NotebookRun run = new NotebookRunReader(node).read();
        node.problems().throwIfAny();
        ControlDirectory control = new ControlDirectory(context.getExecutePath(), "benchmark", RunUser.worker());
        return BashRenderer.render(new NotebookPlanner(node, control, node.secretValues()).plan(run));
    }

    private static TaskExecutionContext context() {
        TaskExecutionContext context = new TaskExecutionContext();
        Map<String, Property> parameters = new HashMap<>();
        parameters.put("C", new Property("C", Direct.IN, DataType.DOUBLE, "0.5"));
        context.setPrepareParamsMap(parameters);
        context.setTaskName("train");
        context.setTaskType("JUPYTER");
        context.setTaskParams(TASK);
        context.setExecutePath("/tmp/exec/process/1/2_1/3/4");
        return context;
    }
}
