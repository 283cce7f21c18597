/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.hardening;

import static io.github.dolphinml.hardening.FuzzedField.choice;
import static io.github.dolphinml.hardening.FuzzedField.form;
import static io.github.dolphinml.hardening.FuzzedField.nothing;
import static io.github.dolphinml.hardening.FuzzedField.outputName;
import static io.github.dolphinml.hardening.FuzzedField.parameter;
import static io.github.dolphinml.hardening.FuzzedField.parameterName;
import static io.github.dolphinml.hardening.FuzzedField.part;
import static io.github.dolphinml.hardening.FuzzedField.text;
import static io.github.dolphinml.hardening.FuzzedField.throughPlaceholder;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.plan.ExecutionPlan;
import io.github.dolphinml.common.run.ControlDirectory;
import io.github.dolphinml.common.task.MlParameters;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.testing.TestNode;
import io.github.dolphinml.jupyter.JupyterParameters;
import io.github.dolphinml.jupyter.config.NotebookRun;
import io.github.dolphinml.jupyter.config.NotebookRunReader;
import io.github.dolphinml.jupyter.plan.NotebookPlanner;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.dolphinscheduler.plugin.task.api.TaskExecutionContext;

/** A JUPYTER node. */
final class FuzzedNotebook implements FuzzedTask {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PART = "notebook";

    @Override
    public TestNode node(Path directory) {
        return TestNode.of("JUPYTER", directory)
                .field("inputNotePath", "in.ipynb")
                .field("outputNotePath", "out.ipynb");
    }

    @Override
    public FuzzedField environment() {
        return form("condaEnvName", nothing());
    }

    @Override
    public List<FuzzedField> fields() {
        return Arrays.asList(
                form("inputNotePath", text(PART, "input")),
                throughPlaceholder("inputNotePath", text(PART, "input")),
                form("outputNotePath", text(PART, "output")),
                form("kernel", text(PART, "kernel")),
                form("engine", text(PART, "engine")),
                form("executionTimeout", nothing()).refusing(),
                form("startTimeout", nothing()).refusing(),
                form("others", FuzzedNotebook::others).wrapped(hostile -> "-p " + Quoted.word(hostile)),
                parameters("a value of parameters", FuzzedNotebook::asValue),
                parameters(
                        "a name of parameters", value -> JSON.createObjectNode().put(value, 1)),
                choice("jupyter.report"),
                choice("jupyter.report.hideInput"),
                choice("jupyter.parameterTypes"),
                parameter("jupyter.secretParameters", FuzzedNotebook::secretNames),
                choice("jupyter.keepProcesses"),
                choice("jupyter.resume"),
                choice("ml.jupyter.resume"),
                choice("environment.refresh"),
                choice("environment.builder"),
                choice("environment.python"),
                choice("environment.cacheDir"),
                choice("environment.cacheLimit"),
                choice("output.limit"),
                choice("secrets.names"),
                parameter("plain"),
                parameterName(),
                outputName());
    }

    private static FuzzedField parameters(String label, Function<String, ObjectNode> object) {
        return FuzzedField.of(
                label,
                Arrays.asList("parameters"),
                (node, value) -> node.field("parameters", object.apply(value).toString()),
                (request, value) -> part(request, PART).set("parameters", object.apply(value)));
    }

    private static ObjectNode asValue(String value) {
        ObjectNode object = JSON.createObjectNode();
        object.putArray("list").add(value).add(1.5).addNull();
        object.putObject("nested").put("inner", value);
        return object.put("C", value).put("true", true);
    }

    private static void others(ObjectNode request, String value) {
        part(request, PART).putArray("others").add("-p").add(Quoted.inner(value.substring("-p ".length())));
    }

    private static void secretNames(ObjectNode request, String value) {
        ArrayNode names = part(request, PART).putArray("secretParameters");
        Arrays.stream(value.split(","))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .forEach(names::add);
    }

    @Override
    public Node read(TaskExecutionContext context) {
        return new Node(MlParameters.read(context.getTaskParams(), new JupyterParameters()), context);
    }

    @Override
    public ExecutionPlan plan(Node node, ControlDirectory control) {
        NotebookRun run = new NotebookRunReader(node).read();
        node.problems().throwIfAny();
        Set<String> secrets = node.secretValues();
        secrets.addAll(run.secretValues());
        return new NotebookPlanner(node, control, secrets).plan(run);
    }
}
