/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.jupyter.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.DataFetch;
import io.github.dolphinml.common.task.NodeEnvironment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A validated run of a notebook. */
public final class NotebookRun {

    private final NodeEnvironment environment;
    private final String input;
    private final String output;
    private final ObjectNode parameters;
    private final DataFetch data;
    private final String kernel;
    private final String engine;
    private final Integer executionTimeout;
    private final Integer startTimeout;
    private final List<String> others;
    private final TypedParameters typed;
    private final SecretParameters secrets;
    private final OptionValues options;
    private final long outputLimit;

    private NotebookRun(Builder builder) {
        environment = builder.environment;
        input = builder.input;
        output = builder.output;
        parameters = builder.parameters.deepCopy();
        data = builder.data;
        kernel = builder.kernel;
        engine = builder.engine;
        executionTimeout = builder.executionTimeout;
        startTimeout = builder.startTimeout;
        others = Collections.unmodifiableList(new ArrayList<>(builder.others));
        typed = builder.typed;
        secrets = builder.secrets;
        options = builder.options;
        outputLimit = builder.outputLimit;
    }

    /** The environment in which papermill and the kernel run. */
    public NodeEnvironment environment() {
        return environment;
    }

    /** The notebook: an absolute path, one relative to the task's directory, or an address that papermill reads. */
    public String input() {
        return input;
    }

    /** Where the executed notebook is written, in the same forms as {@link #input()}. */
    public String output() {
        return output;
    }

    /** The notebook's parameters with their JSON types; a copy. */
    public ObjectNode parameters() {
        return parameters.deepCopy();
    }

    /** The versions of data that are fetched before the run. */
    public DataFetch data() {
        return data;
    }

    /** The kernel's name; empty for the one that the notebook names. */
    public Optional<String> kernel() {
        return Optional.ofNullable(kernel);
    }

    /** The papermill engine's name; empty for papermill's default. */
    public Optional<String> engine() {
        return Optional.ofNullable(engine);
    }

    /** How long a cell may run, in seconds; empty for no limit. */
    public OptionalInt executionTimeout() {
        return executionTimeout == null ? OptionalInt.empty() : OptionalInt.of(executionTimeout);
    }

    /** How long the kernel may take to start, in seconds; empty for papermill's default. */
    public OptionalInt startTimeout() {
        return startTimeout == null ? OptionalInt.empty() : OptionalInt.of(startTimeout);
    }

    /** Further options of the papermill command, one word an element. */
    public List<String> others() {
        return others;
    }

    /** The names of secrets that the further options of papermill refer to. */
    public List<String> secretsInOthers() {
        return typed.references();
    }

    /** Files of parameters that the further options name. */
    public List<String> parameterFiles() {
        return typed.files();
    }

    /** The names of secret parameters. */
    public List<String> secretNames() {
        return secrets.names();
    }

    /** The values of secret parameters. */
    public List<String> secretValues() {
        return secrets.values();
    }

    /** The values of {@link JupyterOptions}. */
    public OptionValues options() {
        return options;
    }

    /** The maximum size of one output parameter, in bytes of UTF-8. */
    public long outputLimit() {
        return outputLimit;
    }

    /** Collects the parts of a run. */
    static final class Builder {

        private NodeEnvironment environment;
        private String input;
        private String output;
        private ObjectNode parameters;
        private DataFetch data;
        private String kernel;
        private String engine;
        private Integer executionTimeout;
        private Integer startTimeout;
        private List<String> others;
        private TypedParameters typed;
        private SecretParameters secrets;
        private OptionValues options;
        private long outputLimit;

        Builder environment(NodeEnvironment value) {
            environment = value;
            return this;
        }

        Builder paths(String inputPath, String outputPath) {
            input = inputPath;
            output = outputPath;
            return this;
        }

        Builder parameters(ObjectNode values, SecretParameters secret) {
            parameters = values;
            secrets = secret;
            return this;
        }

        Builder data(DataFetch inputs) {
            data = inputs;
            return this;
        }

        Builder kernel(Optional<String> name) {
            kernel = name.orElse(null);
            return this;
        }

        Builder engine(Optional<String> name) {
            engine = name.orElse(null);
            return this;
        }

        Builder timeouts(Integer execution, Integer start) {
            executionTimeout = execution;
            startTimeout = start;
            return this;
        }

        Builder others(List<String> words, TypedParameters given) {
            others = words;
            typed = given;
            return this;
        }

        Builder options(OptionValues values) {
            options = values;
            return this;
        }

        Builder outputLimit(long bytes) {
            outputLimit = bytes;
            return this;
        }

        NotebookRun build() {
            return new NotebookRun(this);
        }
    }
}
