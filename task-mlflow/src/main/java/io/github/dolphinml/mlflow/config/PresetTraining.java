/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.mlflow.config;

import java.util.Optional;

/** A training by a built-in preset. Its texts of parameters are read by the preset. */
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

    /** The algorithm, or the tool of AutoML, by the form's word. */
    public String method() {
        return method;
    }

    /** A CSV file or a folder with two, absolute or below the task's directory. */
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

    /** Whether the search space counts, where the node says so. */
    public Optional<Boolean> searches() {
        return Optional.ofNullable(searches);
    }

    /** Under which name the model is registered; empty where it is not. */
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
