/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import java.util.Optional;

/** A training by a built-in preset. The preset itself parses the texts of parameters. */
public final class PresetTraining {

    private final ProjectJob job;
    private final String method;
    private final String dataPath;
    private final String params;
    private final String searchParams;
    private final Boolean searches;
    private final String modelName;

    private PresetTraining(Builder builder) {
        job = builder.job;
        method = builder.method;
        dataPath = builder.dataPath;
        params = builder.params;
        searchParams = builder.searchParams;
        searches = builder.searches;
        modelName = builder.modelName;
    }

    /** {@link ProjectJob#BASIC} or {@link ProjectJob#AUTOML}. */
    public ProjectJob job() {
        return job;
    }

    /** The algorithm or AutoML tool, by its name in the form. */
    public String method() {
        return method;
    }

    /** A CSV file or a folder with two: an absolute path, or one relative to the task's directory. */
    public String dataPath() {
        return dataPath;
    }

    /** The form's text. */
    public String params() {
        return params;
    }

    /** The form's text. */
    public String searchParams() {
        return searchParams;
    }

    /** Whether the search space is used; empty if the node does not say. */
    public Optional<Boolean> searches() {
        return Optional.ofNullable(searches);
    }

    /** The name under which the model is registered; empty if it is not registered. */
    public Optional<String> modelName() {
        return Optional.ofNullable(modelName);
    }

    /** Collects the parts of a training. */
    static final class Builder {

        private ProjectJob job;
        private String method;
        private String dataPath;
        private String params;
        private String searchParams;
        private Boolean searches;
        private String modelName;

        Builder method(ProjectJob value, String word) {
            job = value;
            method = word;
            return this;
        }

        Builder dataPath(String value) {
            dataPath = value;
            return this;
        }

        Builder parameters(String text, String searchText, Boolean search) {
            params = text;
            searchParams = searchText;
            searches = search;
            return this;
        }

        Builder modelName(String name) {
            modelName = name;
            return this;
        }

        PresetTraining build() {
            return new PresetTraining(this);
        }
    }
}
