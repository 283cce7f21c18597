/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.option.OptionValues;
import io.github.dolphinml.common.task.NodeEnvironment;
import java.util.Optional;

/** A validated action on the deployment of a model. */
public final class ModelDeployment {

    private final NodeEnvironment environment;
    private final TrackingServer trackingServer;
    private final ModelKey model;
    private final int port;
    private final OptionValues options;

    private ModelDeployment(Builder builder) {
        environment = builder.environment;
        trackingServer = builder.trackingServer;
        model = builder.model;
        port = builder.port;
        options = builder.options;
    }

    /** The environment whose Python queries the registry and, unless MLflow creates another, runs the server. */
    public NodeEnvironment environment() {
        return environment;
    }

    /** The tracking server whose registry has the model. */
    public TrackingServer trackingServer() {
        return trackingServer;
    }

    /** The model; empty if the deployment's name alone identifies the deployment. */
    public Optional<ModelKey> model() {
        return Optional.ofNullable(model);
    }

    /** The port that clients use. */
    public int port() {
        return port;
    }

    /** The values of {@link DeploymentOptions}. */
    public OptionValues options() {
        return options;
    }

    /** Collects the parts of a deployment. */
    static final class Builder {

        private NodeEnvironment environment;
        private TrackingServer trackingServer;
        private ModelKey model;
        private int port;
        private OptionValues options;

        Builder environment(NodeEnvironment value) {
            environment = value;
            return this;
        }

        Builder trackingServer(TrackingServer value) {
            trackingServer = value;
            return this;
        }

        Builder model(Optional<ModelKey> value) {
            model = value.orElse(null);
            return this;
        }

        Builder port(int value) {
            port = value;
            return this;
        }

        Builder options(OptionValues values) {
            options = values;
            return this;
        }

        ModelDeployment build() {
            return new ModelDeployment(this);
        }
    }
}
