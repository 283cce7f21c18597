/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import io.github.dolphinml.common.task.DataFetch;
import io.github.dolphinml.common.task.NodeEnvironment;
import java.util.LinkedHashSet;
import java.util.Set;

/** A validated batch prediction: which model scores the rows of which files. */
public final class BatchPrediction {

    private final NodeEnvironment environment;
    private final TrackingServer trackingServer;
    private final ModelKey model;
    private final String input;
    private final String predictions;
    private final int batchRows;
    private final DataFetch data;

    private BatchPrediction(Builder builder) {
        environment = builder.environment;
        trackingServer = builder.trackingServer;
        model = builder.model;
        input = builder.input;
        predictions = builder.predictions;
        batchRows = builder.batchRows;
        data = builder.data;
    }

    /** The environment whose Python loads the model. */
    public NodeEnvironment environment() {
        return environment;
    }

    /** The tracking server whose registry has the model. */
    public TrackingServer trackingServer() {
        return trackingServer;
    }

    /** The model. */
    public ModelKey model() {
        return model;
    }

    /** The file or folder to score: an absolute path, or one relative to the task's directory. */
    public String input() {
        return input;
    }

    /** Where the result is written: an absolute path, or one relative to the task's directory. */
    public String predictions() {
        return predictions;
    }

    /** How many rows are passed to the model at a time. */
    public int batchRows() {
        return batchRows;
    }

    /** The versions of data that are fetched before the prediction. */
    public DataFetch data() {
        return data;
    }

    /** Secret values, which are masked in logs. */
    public Set<String> secrets() {
        Set<String> secrets = new LinkedHashSet<>(trackingServer.secrets());
        secrets.addAll(data.secrets());
        return secrets;
    }

    /** Collects the parts of a prediction. */
    static final class Builder {

        private NodeEnvironment environment;
        private TrackingServer trackingServer;
        private ModelKey model;
        private String input;
        private String predictions;
        private int batchRows;
        private DataFetch data;

        Builder environment(NodeEnvironment value) {
            environment = value;
            return this;
        }

        Builder model(TrackingServer server, ModelKey key) {
            trackingServer = server;
            model = key;
            return this;
        }

        Builder files(String source, String target) {
            input = source;
            predictions = target;
            return this;
        }

        Builder batchRows(int rows) {
            batchRows = rows;
            return this;
        }

        Builder data(DataFetch inputs) {
            data = inputs;
            return this;
        }

        BatchPrediction build() {
            return new BatchPrediction(this);
        }
    }
}
