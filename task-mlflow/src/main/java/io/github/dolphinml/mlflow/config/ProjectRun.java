/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.DataFetch;
import io.github.dolphinml.common.task.NodeEnvironment;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** A validated run of a project: either a command or a preset. */
public final class ProjectRun {

    private final NodeEnvironment environment;
    private final TrackingServer trackingServer;
    private final String experiment;
    private final ProjectCommand command;
    private final PresetTraining preset;
    private final DataFetch data;
    private final Set<String> secrets;
    private final OptionValues options;

    private ProjectRun(Builder builder) {
        environment = builder.environment;
        trackingServer = builder.trackingServer;
        experiment = builder.experiment;
        command = builder.command;
        preset = builder.preset;
        data = builder.data;
        secrets = Collections.unmodifiableSet(new LinkedHashSet<>(builder.secrets));
        options = builder.options;
    }

    /** The environment in which MLflow runs. */
    public NodeEnvironment environment() {
        return environment;
    }

    /** The tracking server that records the run. */
    public TrackingServer trackingServer() {
        return trackingServer;
    }

    /** The experiment's name; empty for the one in the worker's environment variables, or MLflow's default. */
    public Optional<String> experiment() {
        return Optional.ofNullable(experiment);
    }

    /** What {@code mlflow run} runs; empty for a built-in preset. */
    public Optional<ProjectCommand> command() {
        return Optional.ofNullable(command);
    }

    /** What a built-in preset trains; empty for a command. */
    public Optional<PresetTraining> preset() {
        return Optional.ofNullable(preset);
    }

    /** The versions of data that are fetched before the run. */
    public DataFetch data() {
        return data;
    }

    /** Secret values, which are masked in logs. */
    public Set<String> secrets() {
        return secrets;
    }

    /** The values of {@link MlflowOptions}. */
    public OptionValues options() {
        return options;
    }

    /** Collects the parts of a run. */
    static final class Builder {

        private NodeEnvironment environment;
        private TrackingServer trackingServer;
        private String experiment;
        private ProjectCommand command;
        private PresetTraining preset;
        private DataFetch data;
        private Set<String> secrets = Collections.emptySet();
        private OptionValues options;

        Builder environment(NodeEnvironment value) {
            environment = value;
            return this;
        }

        Builder recordedBy(TrackingServer server, Optional<String> experimentName) {
            trackingServer = server;
            experiment = experimentName.orElse(null);
            return this;
        }

        Builder command(ProjectCommand value) {
            command = value;
            return this;
        }

        Builder preset(PresetTraining value) {
            preset = value;
            return this;
        }

        Builder data(DataFetch inputs) {
            data = inputs;
            return this;
        }

        Builder secrets(Set<String> values) {
            secrets = values;
            return this;
        }

        Builder options(OptionValues values) {
            options = values;
            return this;
        }

        ProjectRun build() {
            return new ProjectRun(this);
        }
    }
}
