/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.option.CommonOptions;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.shell.ShellWords;
import io.github.dolphinml.common.task.DataFetch;
import io.github.dolphinml.common.task.Node;
import io.github.dolphinml.common.task.NodeEnvironment;
import io.github.dolphinml.common.validate.Problems;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reads and validates the form of a JUPYTER node. */
public final class NotebookRunReader {

    private final Node node;
    private final Problems problems;

    /** Creates a reader for one node. Faults are added to the node's problems. */
    public NotebookRunReader(Node node) {
        this.node = node;
        this.problems = node.problems();
    }

    /** Returns the run that the node requests. Use it only if the node has no faults. */
    public NotebookRun read() {
        OptionValues options = node.options(JupyterOptions.CATALOGUE);
        ObjectNode parameters = new NotebookParameters(node.placeholders(), problems).read(node.freeText("parameters"));
        DataFetch data = new DataFetch(node, options.get(JupyterOptions.DATA));
        List<String> others = others();
        TypedParameters typed = new TypedParameters(others);
        addPaths(data, parameters, typed);
        List<String> listed = options.find(JupyterOptions.SECRET_PARAMETERS).orElse(Collections.emptyList());
        SecretParameters secrets = new SecretParameters(parameters, typed, node.secretNames(), listed);
        String input = path("inputNotePath");
        String output = path("outputNotePath");
        secrets.addPasswordOf(input);
        secrets.addPasswordOf(output);
        return new NotebookRun.Builder()
                .environment(NodeEnvironment.of(
                        "condaEnvName", node.text("condaEnvName").orElse(""), node))
                .paths(input, output)
                .parameters(parameters, secrets)
                .data(data)
                .kernel(noNul("kernel"))
                .engine(noNul("engine"))
                .timeouts(seconds("executionTimeout"), seconds("startTimeout"))
                .others(others, typed)
                .options(options)
                .outputLimit(node.options(CommonOptions.OUTPUT)
                        .find(CommonOptions.OUTPUT_LIMIT)
                        .orElse(0L))
                .build();
    }

    private void addPaths(DataFetch data, ObjectNode parameters, TypedParameters others) {
        data.paths().forEach((name, path) -> {
            String taken = parameters.has(name) ? "parameters" : others.values().containsKey(name) ? "others" : "";
            if (!taken.isEmpty()) {
                problems.add(
                        "jupyter.data",
                        taken + " has the parameter " + name + ", too",
                        "use another name for one of them");
            }
            parameters.put(name, path);
        });
    }

    private String path(String field) {
        String path = node.required(field, "give the path of a notebook, as in train.ipynb");
        noNul(field);
        if (path.endsWith("/")) {
            problems.add(field, Problems.shown(path) + " is a folder", "give the path of a notebook");
        }
        return path;
    }

    private Optional<String> noNul(String field) {
        Optional<String> text = node.text(field);
        if (text.isPresent() && text.get().indexOf('\0') >= 0) {
            problems.add(field, "it holds a NUL character", "leave it out");
        }
        return text;
    }

    /** Returns a timeout in seconds; null, for no limit, if the field is empty, 0 or negative, as papermill does. */
    private Integer seconds(String field) {
        Optional<String> text = node.text(field);
        if (!text.isPresent()) {
            return null;
        }
        if (!text.get().matches("-?\\d{1,9}")) {
            problems.add(
                    field,
                    Problems.shown(text.get()) + " is not a number of seconds",
                    "use a whole number, or leave it empty for no limit");
            return null;
        }
        int seconds = Integer.parseInt(text.get());
        return seconds > 0 ? seconds : null;
    }

    private List<String> others() {
        try {
            return ShellWords.split(
                    node.freeText("others").map(node.placeholders()::resolve).orElse(""));
        } catch (IllegalArgumentException unclosed) {
            problems.add("others", unclosed.getMessage(), "write options as on papermill's command line");
            return Collections.emptyList();
        }
    }
}
